// Groups become lines of files again here: the loop knows them by their ids alone.
#include "commands/run_faults.h"

#include "checkpoint/step_dump.h"
#include "commands/run_parts.h"
#include "commands/version.h"
#include "config/option_types.h"
#include "core/str.h"
#include "train/out_of_memory.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

std::string place_of(const Run& run, const Group& group) {
  return run.prepared.sources[static_cast<size_t>(group.source)].train.where(group.id);
}

StepDump dump_of(const Run& run, const NonFiniteStep& failed, const fs::path& checkpoint) {
  const StepReport& report = failed.report;
  StepDump dump{.laurel = version(),
                .step = report.step,
                .checkpoint = checkpoint.lexically_relative(run.folder.path),
                .precision = word_of(run.compute.precision),
                .tokens_per_micro_batch = run.config.train.batches.tokens_per_micro_batch,
                .lr = report.lr,
                .loss = report.loss,
                .grad_norm = report.grad_norm};
  const std::vector<std::string> names = names_of(run.config);
  for (size_t i = 0; i < names.size(); ++i) {
    dump.sources.push_back({names[i], failed.scale[i], report.losses[i]});
  }
  for (const Group* group : failed.members) dump.groups.push_back({place_of(run, *group), *group});
  return dump;
}

// How to see what was wrong, or why that cannot be seen. A replay needs the state before the step.
std::string written_dump(const Run& run, const NonFiniteStep& failed, const fs::path& checkpoint,
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
std::string rows_text(const Run& run, const NonFiniteStep& failed) {
  constexpr size_t kMost = 8;
  std::vector<std::string> places;
  for (const Group* group : failed.members) {
    if (places.size() < kMost) places.push_back(place_of(run, *group));
  }
  const size_t more = failed.members.size() - places.size();
  return more == 0 ? join(places, ", ") : str(join(places, ", "), " and ", more, " more");
}

}  // namespace

void fail_non_finite(const Run& run, const NonFiniteStep& failed, RunSaver& saver,
                     const Parameters& parameters) {
  const fs::path checkpoint = saver.path_of(failed.before.step);
  std::optional<std::string> problem;
  try {
    saver.save_and_wait(failed.before, parameters);
  } catch (const Error& error) {
    problem = error.message;
  }
  throw Error{
      ErrorKind::non_finite,
      str("step ", failed.report.step, ": found ",
          numbers_text(failed.report, names_of(run.config)), ", expected finite numbers, over ",
          rows_text(run, failed), "; the update was not made, and the state before it ",
          problem ? str("could not be saved (", *problem, ")") : str("is in ", checkpoint), ". ",
          written_dump(run, failed, checkpoint, !problem),
          ". Lower train.lr, or look at the scores and margins of these sources; "
          "train.nan_budget leaves out such updates")};
}

Error out_of_memory(const Run& run, const std::exception& caught, const PlaceInRun& at) {
  const TrainOptions& options = run.config.train;
  return out_of_memory(caught,
                       {.step = at.step,
                        .batch = at.batch,
                        .groups = at.plan.members,
                        .place = [&run](const Group& group) { return place_of(run, group); },
                        .recompute = run.recompute,
                        .tokens_per_micro_batch = options.batches.tokens_per_micro_batch,
                        .moments_fp32 = options.optimizer.moments == Moments::fp32});
}

}  // namespace laurel
