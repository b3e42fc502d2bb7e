// Builds the messages of failed steps, with the file and line of each group.
#include "application/failures.h"

#include "application/dropout.h"
#include "application/version.h"
#include "checkpoint/step_dump.h"
#include "core/option_types.h"
#include "core/str.h"
#include "train/out_of_memory.h"
#include "train/step_line.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

std::string location_of(const Run& run, const Group& group) {
  return run.inputs.sources[static_cast<size_t>(group.source)].train.where(group.id);
}

StepDump dump_of(const Run& run, const StepRecord& failed, const fs::path& checkpoint) {
  const StepReport& report = failed.report;
  StepDump dump{.laurel = version(),
                .step = report.step,
                .checkpoint = checkpoint.lexically_relative(run.folder.path),
                .precision = enum_name(run.compute.precision),
                .tokens_per_micro_batch = run.config.train.batches.tokens_per_micro_batch,
                .lr = report.lr,
                .loss = report.loss,
                .grad_norm = report.grad_norm,
                .dropout = dropout_of(run.config)};
  const std::vector<std::string> names = names_of(run.inputs);
  for (size_t i = 0; i < names.size(); ++i) {
    dump.sources.push_back({names[i], failed.scale[i], report.losses[i]});
  }
  for (const Group* group : failed.groups)
    dump.groups.push_back({location_of(run, *group), *group});
  return dump;
}

// How to see what was wrong, or why that cannot be seen. A replay needs the state before the step.
std::string write_dump(const Run& run, const StepRecord& failed, const fs::path& checkpoint,
                       bool saved) {
  const fs::path file = run.folder.path / step_dump_name(failed.report.step);
  try {
    write_step_dump(file, dump_of(run, failed, checkpoint));
  } catch (const Error& error) {
    return str("The step could not be written down: ", error.message);
  }
  return str(saved ? "To see which rows: laurel check --replay " : "Its rows are listed in ", file);
}

// "pairs.jsonl:5, pairs.jsonl:9 and 14 more"
std::string locations_text(const Run& run, const StepRecord& failed) {
  constexpr size_t kMost = 8;
  std::vector<std::string> places;
  for (const Group* group : failed.groups) {
    if (places.size() < kMost) places.push_back(location_of(run, *group));
  }
  const size_t more = failed.groups.size() - places.size();
  return more == 0 ? join(places, ", ") : str(join(places, ", "), " and ", more, " more");
}

}  // namespace

void throw_failure(const Run& run, const NonFiniteStep& failure, Trainer& trainer) {
  const StepRecord& failed = failure.step;
  const fs::path checkpoint = trainer.checkpointer().path_of(failed.before.step);
  std::optional<std::string> problem;
  try {
    TrainState before = failed.before;
    trainer.checkpointer().save_and_wait(before, trainer.parameters());
  } catch (const Error& error) {
    problem = error.message;
  }
  throw Error{
      ErrorKind::non_finite,
      str("step ", failed.report.step, ": found ",
          numbers_text(failed.report, names_of(run.inputs)), ", expected finite numbers, over ",
          locations_text(run, failed), "; the update was not made, and the state before it ",
          problem ? str("could not be saved (", *problem, ")") : str("is in ", checkpoint), ". ",
          write_dump(run, failed, checkpoint, !problem),
          ". Lower train.lr, or look at the scores and margins of these sources; "
          "train.nan_budget leaves out such updates")};
}

void throw_failure(const Run& run, const OutOfMemory& failure) {
  const TrainOptions& options = run.config.train;
  throw out_of_memory(failure,
                      {.step = failure.step,
                       .batch = failure.batch,
                       .groups = failure.groups,
                       .location = [&run](const Group& group) { return location_of(run, group); },
                       .recompute = run.recompute,
                       .tokens_per_micro_batch = options.batches.tokens_per_micro_batch,
                       .moments_fp32 = options.optimizer.moments == Moments::fp32});
}

}  // namespace laurel
