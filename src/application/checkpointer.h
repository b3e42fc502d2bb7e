// Saves checkpoints in the background of the training and removes old ones.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "application/run_inputs.h"
#include "checkpoint/checkpoints.h"
#include "config/config.h"
#include "core/background_task.h"
#include "core/log.h"
#include "eval/report.h"
#include "train/loop_state.h"
#include "train/metrics_file.h"

namespace laurel {

class Checkpointer {
 public:
  // What stays the same in all checkpoints; all of it outlives this.
  struct Run {
    const RunFolder& folder;
    const TrainOptions& options;
    const RunInputs& inputs;
    const RewardConfig& reward;  // without what losses learn
    MetricsFile& metrics;
    Log& log;
  };

  // `begin`: run, hashes, config and environment; of a resumed run also its best step.
  Checkpointer(const Run& run, RunState begin) : run_(run), state_(std::move(begin)) {}

  // Looks for the value of train.keep_best; one that is not defined is warned of and is not the
  // best. Throws Error (usage) where the source has no such metric.
  void record_evaluation(const std::vector<Evaluation>& evaluations, int64_t step);

  // Copies what changes; the files are written while the run goes on, those of one checkpoint at a
  // time. Throws what the one before has thrown.
  void save(const LoopState& state, const Parameters& parameters);

  // Without a copy: returns once it is written.
  void save_and_wait(const LoopState& state, const Parameters& parameters);

  // Throws Error (checkpoint) if a checkpoint could not be written, as soon as that is known.
  void check() { background_save_.check(); }
  void wait() { background_save_.wait(); }

  std::filesystem::path path_of(int64_t step) const;

 private:
  void update_state(const LoopState& state);
  void update_best();
  void write(const RunState& state, const Parameters& parameters,
             const std::vector<bool>& seen_rows) const;

  Run run_;
  RunState state_;
  std::optional<BestStep> last_evaluation_;  // the last evaluation, if a metric chooses the best
  BackgroundTask background_save_;           // uses the others: it is waited for first
};

}  // namespace laurel
