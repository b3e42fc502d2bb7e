// The checkpoints of a run folder: listing, finding the newest complete one, retention.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/run_folder.h"
#include "checkpoint/train_state.h"

namespace laurel {

struct Checkpoint {
  int64_t step;
  std::filesystem::path path;
};

// "step-00000120"
std::string checkpoint_name(int64_t step);

// Those that have got their name, by rising step. Throws Error (checkpoint) where checkpoints/ is
// there but cannot be read: a run that had some must not look like one that had none.
std::vector<Checkpoint> list_checkpoints(const RunFolder& run);

// The newest one of run `id` that is all there, with what is wrong with newer ones.
struct NewestCheckpoint {
  std::optional<Checkpoint> checkpoint;
  std::vector<std::string> damaged;
};
NewestCheckpoint find_newest_checkpoint(const RunFolder& run, const std::string& id);

// Gives what a run made behind `step`, from which it is made again, other names (NAME.earlier-1):
// later checkpoints, final/ and export/. Nothing is lost, and the newest checkpoint is again the
// one with the highest step. Returns what it did. Throws Error (checkpoint).
std::vector<std::string> back_up_later_outputs(const RunFolder& run, int64_t step);

// Gives a folder, which will be made again, another name. Returns what it did. Throws Error
// (checkpoint).
std::string back_up(const std::filesystem::path& made);

// Copies metrics.jsonl to metrics.jsonl.earlier-1 if it has more than the first `kept` bytes, which
// the run goes on behind. Returns what it did. Throws Error (checkpoint).
std::vector<std::string> back_up_metrics(const RunFolder& run, int64_t kept);

// Removes the oldest checkpoints of run `id` until `keep_last` are left, but never the newest, the
// best, or one that a step dump in the folder needs for its replay. What is not a checkpoint of
// this run is left alone. Throws Error (checkpoint).
struct Retention {
  std::string id;
  int64_t keep_last;
  std::optional<int64_t> best;  // its step
};
void remove_old_checkpoints(const RunFolder& run, const Retention& keep);

// Removes what dead processes left half-written. To be called by the holder of the run's lock.
void remove_temporary_files(const RunFolder& run);

}  // namespace laurel
