// Saves checkpoints in the background of the training, knows the best one, and removes old ones.
#pragma once

#include <atomic>
#include <filesystem>
#include <optional>
#include <vector>

#include "checkpoint/train_state.h"
#include "core/background_task.h"
#include "core/log.h"
#include "eval/report.h"
#include "model/parameters.h"
#include "train/metrics_file.h"
#include "train/training.h"

namespace laurel {

class Checkpointer {
 public:
  // All of it outlives this.
  Checkpointer(const Training& training, const CheckpointParts& parts, MetricsFile& metrics,
               Log& log)
      : training_(training),
        parts_(parts),
        best_by_(training.options.best_by()),
        metrics_(metrics),
        log_(log) {}

  // Whether a checkpoint is due after `step` completed steps.
  bool due(int64_t step) const;

  // Looks for the value of train.keep_best among those of the state's step; one that is not defined
  // is warned of and is not the best. Throws Error (usage) where the source has no such metric.
  void record_evaluation(const std::vector<Evaluation>& evaluations, TrainState& state);

  // Copies what changes; the files are written while the run goes on, those of one checkpoint at a
  // time. Throws what the one before has thrown. Updates of the state what only saving knows.
  void save(TrainState& state, const Parameters& parameters);

  // Without a copy: returns once it is written.
  void save_and_wait(TrainState& state, const Parameters& parameters);

  // Throws Error (checkpoint) if a checkpoint could not be written, as soon as that is known.
  void check() { background_save_.check(); }
  void wait() { background_save_.wait(); }

  std::filesystem::path path_of(int64_t step) const;
  bool saved(int64_t step) const;

  // That the last checkpoint took to be written; 0: none was.
  double writing_seconds() const { return writing_seconds_; }

 private:
  void update(TrainState& state);
  void update_best(TrainState& state) const;
  void write(const TrainState& state, const Parameters& parameters);

  const Training& training_;
  CheckpointParts parts_;
  std::optional<BestBy> best_by_;
  MetricsFile& metrics_;
  Log& log_;
  std::optional<BestStep> last_evaluation_;  // the last evaluation, if a metric chooses the best
  std::atomic<double> writing_seconds_ = 0;
  BackgroundTask background_save_;  // uses the others: it is waited for first
};

}  // namespace laurel
