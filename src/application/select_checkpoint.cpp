// Finds the checkpoint that --step names in a run folder.
#include "application/select_checkpoint.h"

#include <algorithm>

#include "checkpoint/checkpoints.h"
#include "core/error.h"
#include "core/str.h"

namespace laurel {

namespace fs = std::filesystem;

static Error none(const RunFolder& run, const std::string& what) {
  std::vector<std::string> steps;
  for (const Checkpoint& checkpoint : list_checkpoints(run)) {
    steps.push_back(std::to_string(checkpoint.step));
  }
  return {ErrorKind::checkpoint, str(run.path, ": has no ", what, "; its checkpoints are of ",
                                     steps.empty() ? "no step" : "the steps " + join(steps, ", "))};
}

fs::path choose_checkpoint(const fs::path& folder, const std::string& step) {
  const RunFolder run{folder};
  const std::optional<std::string> id = run_id(run);
  if (!id) {
    throw Error{ErrorKind::usage, str("--step: ", folder, " is not the folder of a run")};
  }
  if (step == "last" || step == "best") {
    const NewestCheckpoint newest = find_newest_checkpoint(run, *id);
    if (!newest.checkpoint) throw none(run, "whole checkpoint");
    if (step == "last") return newest.checkpoint->path;
    const std::optional<BestStep> best = read_train_state(newest.checkpoint->path).best;
    if (!best)
      throw none(run,
                 "best checkpoint: train.keep_best chooses it among those that were evaluated");
    return run.checkpoints() / checkpoint_name(best->step);
  }
  for (const Checkpoint& checkpoint : list_checkpoints(run)) {
    if (step == std::to_string(checkpoint.step)) return checkpoint.path;
  }
  const bool number =
      !step.empty() && std::ranges::all_of(step, [](char c) { return c >= '0' && c <= '9'; });
  if (number) throw none(run, str("checkpoint of step ", step));
  throw Error{ErrorKind::usage,
              str("--step: found \"", step, "\", expected last, best or a number")};
}

}  // namespace laurel
