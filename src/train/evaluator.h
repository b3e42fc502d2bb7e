// Evaluates a run's sources between its steps (train.eval_every).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "data/batches/pack.h"
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
  // it, and there is no benchmark.
  bool due(int64_t step) const;

  bool any() const;

  // Told of what is evaluated: a source, and how many of its rewards are there.
  using Progress = std::function<void(const std::string& source, int64_t done, int64_t of)>;

  // Is shown each evaluated source with what its metrics are of.
  using Observer = std::function<void(const SourceData& source, const SplitOutcomes& outcomes)>;

  // What is due after `step` steps, in the order of the config: all sources that have rows for it,
  // and benchmarks. Throws Error (non_finite).
  std::vector<Evaluation> evaluate(RewardModel& model, int64_t step, const Progress& progress = {},
                                   const Observer& observer = {}) const;

 private:
  bool sources_due(int64_t step) const;
  bool due(const TrainingBenchmark& benchmark, int64_t step) const;
  PackOptions packing() const;
  Evaluation evaluate_source(size_t source, RewardModel& model, const Progress& progress,
                             const Observer& observer) const;
  Evaluation evaluate_benchmark(const TrainingBenchmark& benchmark, RewardModel& model,
                                const Progress& progress) const;

  const Training& training_;
  bool any_ = false;  // source has rows for it
};

}  // namespace laurel
