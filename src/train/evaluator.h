// Evaluates a run's sources between its steps (train.eval_every).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "eval/outcomes.h"
#include "eval/report.h"
#include "model/reward_model.h"
#include "train/training.h"

namespace laurel {

// Groups to train on: those of an epoch.
int64_t groups_of_epoch(const Training& training);

// Whether train.eval_every has an evaluation after `step` of `steps`; `groups` of an epoch.
bool evaluation_due(const TrainOptions& options, int64_t step, int64_t steps, int64_t groups);

class Evaluator {
 public:
  // The training outlives this.
  explicit Evaluator(const Training& training);

  // Whether an evaluation is due after `step` completed steps: never where no source has rows for
  // it.
  bool due(int64_t step) const;

  bool any() const { return any_; }

  // Told of what is evaluated: a source, and how many of its rewards are there.
  using Progress = std::function<void(const std::string& source, int64_t done, int64_t of)>;

  // Is shown each evaluated source with what its metrics are of.
  using Observer = std::function<void(const SourceData& source, const SplitOutcomes& outcomes)>;

  // All sources that have rows for it, in the order of the config. Throws Error (non_finite).
  std::vector<Evaluation> evaluate(RewardModel& model, const Progress& progress = {},
                                   const Observer& observer = {}) const;

 private:
  Evaluation evaluate_source(size_t source, RewardModel& model, const Progress& progress,
                             const Observer& observer) const;

  const Training& training_;
  bool any_ = false;
};

}  // namespace laurel
