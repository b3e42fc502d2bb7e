// Evaluates a run's sources between its steps (train.eval_every).
#pragma once

#include <cstdint>
#include <vector>

#include "eval/report.h"
#include "model/reward_model.h"
#include "train/training.h"

namespace laurel {

class Evaluator {
 public:
  // The training outlives this.
  explicit Evaluator(const Training& training);

  // Whether an evaluation is due after `step` completed steps: never where no source has rows for
  // it.
  bool due(int64_t step) const;

  // All sources that have rows for it, in the order of the config. Throws Error (non_finite).
  std::vector<Evaluation> evaluate(RewardModel& model) const;

 private:
  int64_t epochs(int64_t step) const;
  Evaluation evaluate_source(size_t source, RewardModel& model) const;

  const Training& training_;
  bool any_ = false;
};

}  // namespace laurel
