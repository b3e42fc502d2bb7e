// laurel train: from a config to a run folder with the trained model and its export.
#include "checkpoint/checkpoints.h"
#include "commands/arguments.h"
#include "commands/commands.h"
#include "commands/disk.h"
#include "commands/inputs.h"
#include "commands/memory.h"
#include "commands/run_parts.h"
#include "commands/train_run.h"
#include "commands/version.h"
#include "core/files.h"
#include "core/str.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

// Brings the folder of a run that goes on to where it was when its checkpoint was made. One from
// elsewhere takes the place of all that are there.
void continue_in(const RunFolder& folder, Start& start, const Config& config, Log& log) {
  remove_temporary(folder);
  if (!start.in_place) start.state.metrics_bytes = 0;
  if (!start.trained) {
    const int64_t step = start.in_place ? start.state.step : -1;
    for (const std::string& note : set_aside_later(folder, step)) log.info(note);
  }
  if (!start.trained && (start.chosen || !start.in_place)) {
    for (const std::string& note : copy_later_metrics(folder, start.state.metrics_bytes)) {
      log.info(note);
    }
  }
  write_file(folder.config(), resolved_config(config).dump(2) + "\n");
}

// The folder and its lock, new or as the checkpoint left it.
void make_ready(const RunFolder& folder, bool overwrite, const Config& config,
                std::span<const fs::path> inputs, Start& start, Log& log) {
  if (!start.lock) start.lock = lock_folder(folder.path, log);
  if (start.goes_on) {
    continue_in(folder, start, config, log);
  } else {
    create_run_folder(folder.path, overwrite, resolved_config(config), inputs);
  }
  log.also_to(folder.log());
}

Json keep_best_of(const Json& config) {
  const auto train = config.find("train");
  return train == config.end() || !train->is_object() ? Json() : train->value("keep_best", Json());
}

// The best checkpoint so far, if it is the best by the metric that counts now, and still there.
std::optional<BestStep> best_so_far(const RunFolder& folder, const Start& start,
                                    const Json& config) {
  const std::optional<BestStep>& best = start.state.best;
  if (!start.goes_on || !best) return std::nullopt;
  if (keep_best_of(start.state.config) != keep_best_of(config)) return std::nullopt;
  const bool there = fs::exists(folder.checkpoints() / checkpoint_name(best->step));
  return there || best->step == start.state.step ? best : std::nullopt;
}

}  // namespace

int train_command(int argc, char** argv) {
  const CommandLine line{
      "train", "CONFIG",
      "Trains the reward model that CONFIG describes and writes the run folder: laurel.json, "
      "metrics.jsonl, log.txt, checkpoints/, final/ and export/. "
      "`laurel describe` explains the options.\n"};
  const auto arguments = parse_arguments(line, argc, argv, [](cxxopts::OptionAdder& add) {
    add_set_option(add);
    add("overwrite", "Replace the run folder if it is one of ours.");
  });
  if (!arguments) return 0;
  watch_signals();
  Log log;
  Config config = read_inputs(positionals(*arguments)[0], overrides_of(*arguments), log);
  TimeLimit limit(config.run.max_hours);
  const Compute compute = set_up_compute(config, log);
  const bool overwrite = arguments->count("overwrite") > 0;
  const std::vector<fs::path> inputs = input_paths(config);
  const RunFolder folder{config.run.folder.value};
  Start start = find_start(config.run, overwrite, inputs, log);
  Prepared prepared = prepare(config, log);
  const int64_t steps = prepared.length.steps;
  RunState now = state_of(config, prepared, compute);
  check_start(start, folder, now, steps, log);
  if (start.trained && fs::exists(folder.exported())) {
    complete_run(folder, steps);
    log.info(str(folder.path, ": the run is complete, nothing is left to do"));
    return 0;
  }
  const MemoryPlan memory = plan_run(config, prepared, compute);
  const DiskPlan disk = plan_disk(config, prepared, compute);
  RewardConfig reward = reward_config_of(config, prepared);
  for (const SourceData& source : prepared.sources) check_unchanged(source);  // as it was hashed
  if (stop_signal() != 0) return stopped_before_start(log, "the same command");
  make_ready(folder, overwrite, config, inputs, start, log);
  now.run = run_id(folder).value();
  now.best = best_so_far(folder, start, now.config);
  log.info(str(version_text(), "\n", steps, " steps of ", config.train.batches.batch_size,
               " groups; ", start_text(start, folder)));
  log.info(str(memory_text(memory), "\n", disk_text(disk)));
  if (disk.free > 0 && disk.free < disk.most) log.warn("the disk may become full during this run");
  Run run{.config = config,
          .folder = folder,
          .prepared = std::move(prepared),
          .reward = std::move(reward),
          .compute = compute,
          .recompute = memory.recompute,
          .start = std::move(start),
          .now = std::move(now),
          .limit = limit};
  return train_run(run, log);
}

}  // namespace laurel
