// Plans the disk space of a run from the sizes of the model.
#include "application/disk.h"

#include <algorithm>
#include <filesystem>

#include "application/run_memory.h"
#include "checkpoint/checkpoints.h"
#include "core/memory.h"
#include "core/str.h"

namespace laurel {

namespace fs = std::filesystem;

// Of the disk that the folder is on, or will be.
static int64_t free_bytes(fs::path folder) {
  std::error_code problem;
  folder = fs::absolute(folder, problem);
  while (!fs::exists(folder, problem) && folder.has_relative_path()) folder = folder.parent_path();
  const fs::space_info space = fs::space(folder, problem);
  return problem ? 0 : static_cast<int64_t>(space.available);
}

DiskPlan plan_disk(const Config& config, const RunInputs& run, const Compute& compute) {
  const TrainOptions& train = config.train;
  const auto [parameters, all] = parameter_counts(run.model);
  const bool drawn = compute.precision == Precision::bf16 && train.optimizer.stochastic_rounding;
  const int64_t moment = train.optimizer.moments == Moments::bf16 ? 2 : 4;
  DiskPlan plan;
  const int64_t average = decay_of(train.optimizer.average) ? 4 : 0;
  plan.checkpoint = parameters * (4 + 2 * moment + (drawn ? 2 : 0) + average);
  plan.most = 4 * (parameters + all);
  plan.free = free_bytes(config.run.folder.value);
  const int64_t periodic = train.save_every > 0 ? run.length.steps / train.save_every : 0;
  const int64_t saves = periodic + 1;  // and where the run is stopped
  const int64_t kept =
      train.keep_last + (train.keep_best ? 1 : 0) + 1;  // and the one being written
  const std::string& resume = config.run.resume;
  const bool replaces = resume == "auto" || resume == "required";  // those that are there, in turn
  const int64_t there =
      replaces ? std::ssize(list_checkpoints({config.run.folder.value})) : int64_t{0};
  plan.most += std::clamp<int64_t>(kept - there, 1, saves) * plan.checkpoint;
  return plan;
}

std::string disk_text(const DiskPlan& plan) {
  return str("disk: a checkpoint takes ", format_bytes(plan.checkpoint), ", this run at most ",
             format_bytes(plan.most), " more than there is; ",
             plan.free == 0 ? "free space unknown" : format_bytes(plan.free) + " are free");
}

}  // namespace laurel
