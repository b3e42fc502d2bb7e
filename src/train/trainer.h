// The training loop: what a run is between its first step and its last.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <stdexcept>
#include <vector>

#include "checkpoint/train_state.h"
#include "core/log.h"
#include "data/batches/batch_sampler.h"
#include "model/reward_model.h"
#include "train/checkpointer.h"
#include "train/early_stop.h"
#include "train/evaluator.h"
#include "train/metrics_file.h"
#include "train/optimizer.h"
#include "train/report.h"
#include "train/step_metrics.h"
#include "train/stop.h"
#include "train/training.h"

namespace laurel {

// The loss or the gradient norm of a step is not finite, and no more steps may be skipped
// (train.nan_budget). The weights are those before the step.
struct NonFiniteStep : std::runtime_error {
  explicit NonFiniteStep(StepRecord record);

  StepRecord step;  // step.before is complete
};

// Memory ran out while a micro-batch was computed; what() is what the allocator said.
struct OutOfMemory : std::runtime_error {
  OutOfMemory(const std::exception& caught, int64_t number, const GlobalBatch& global_batch,
              const Batch& micro_batch)
      : std::runtime_error(caught.what()),
        step(number),
        groups(global_batch.groups),
        batch(micro_batch) {}

  int64_t step;       // from 1
  StepGroups groups;  // of the step
  Batch batch;
};

class Trainer {
 public:
  // What references are of outlives this. `start` is the state of `model` and its buffers, which
  // are trainable. Throws Error (checkpoint) if it is none of this training.
  Trainer(Training training, const CheckpointParts& parts, RewardModel model, TrainState start,
          MetricsFile& metrics, RunReport& report, TimeLimit& limit, Log& log);

  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  // Trains up to the last step, or until train.stop_early ends it or a signal or the time limit
  // stops it; evaluates and saves when that is due, and saves where it ends or is stopped after its
  // start. Returns with all checkpoints written. Throws NonFiniteStep, OutOfMemory, and Error of
  // evaluations and checkpoints.
  const TrainState& train();

  const Training& training() const { return training_; }
  const TrainState& state() const { return state_; }
  Checkpointer& checkpointer() { return checkpointer_; }
  const Parameters& parameters() { return model_.parameters(); }

  // Why train.stop_early ended it before its last step; nullopt: it did not.
  std::optional<std::string> stopped_early() const {
    return early_stop_reason(training_.options.stop_early, state_);
  }

  // Saves the state as it is, and waits.
  void save();

 private:
  bool stopping();
  void expect_time();
  void check(std::optional<StepRecord> failed);
  void evaluate_if_due();
  void save_if_due();

  int64_t checkpoint_bytes_ = 0;
  Training training_;
  RewardModel model_;
  TrainState state_;
  BatchPrefetcher sampler_;
  Optimizer optimizer_;
  RunReport& report_;
  StepMetrics step_metrics_;
  Evaluator evaluator_;
  Checkpointer checkpointer_;
  TimeLimit& limit_;
};

}  // namespace laurel
