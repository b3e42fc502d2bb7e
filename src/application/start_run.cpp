// Prepares a run, the cheapest checks first, nothing written before all of them are made.
#include "application/start_run.h"

#include "application/disk.h"
#include "application/export_adapter.h"
#include "application/load_config.h"
#include "application/run_memory.h"
#include "application/run_sample.h"
#include "application/train_run.h"
#include "application/version.h"
#include "checkpoint/checkpoints.h"
#include "config/difference.h"
#include "core/files.h"
#include "core/str.h"
#include "report/inputs_record.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

// Brings the folder of a run that goes on to where it was when its checkpoint was made. One from
// elsewhere takes the place of all that are there.
void resume_in(const RunFolder& folder, ResumePoint& resume_point, const Config& config, Log& log) {
  remove_temporary_files(folder);
  if (!resume_point.in_place) resume_point.state.metrics_bytes = 0;
  if (resume_point.export_damaged) log.info(back_up(folder.export_folder()));
  if (!resume_point.training_done) {
    const int64_t step = resume_point.in_place ? resume_point.state.step : -1;
    for (const std::string& note : back_up_later_outputs(folder, step)) log.info(note);
  }
  if (!resume_point.training_done && (resume_point.by_path || !resume_point.in_place)) {
    for (const std::string& note : back_up_metrics(folder, resume_point.state.metrics_bytes)) {
      log.info(note);
    }
  }
  write_file(folder.config(), resolved_config(config).dump(2) + "\n");
}

// The folder and its lock, new or as the checkpoint left it.
void prepare_run_folder(const RunFolder& folder, bool overwrite, const Config& config,
                        std::span<const fs::path> inputs, const RunInputs& run_inputs,
                        ResumePoint& resume_point, Log& log) {
  if (!resume_point.lock) resume_point.lock = lock_folder(folder.path, log);
  if (resume_point.resumes) {
    resume_in(folder, resume_point, config, log);
  } else {
    create_run_folder(folder.path, overwrite, resolved_config(config), inputs,
                      base_model_of(run_inputs.model));
  }
  std::error_code ignored;
  if (!fs::exists(folder.sample_rows(), ignored)) {
    write_sample_rows(folder.sample_rows(), sample_rows_of(run_inputs));
  }
  log.add_sink(file_sink(folder.log()));
}

// The best checkpoint so far, if it is the best by the metric that counts now, and still there.
std::optional<BestStep> best_so_far(const RunFolder& folder, const ResumePoint& resume_point,
                                    const Json& config) {
  const std::optional<BestStep>& best = resume_point.state.best;
  if (!resume_point.resumes || !best) return std::nullopt;
  if (!same_train_options(resume_point.state.facts.config, config, {"keep_best"})) {
    return std::nullopt;
  }
  const bool there = fs::exists(folder.checkpoints() / checkpoint_name(best->step));
  return there || best->step == resume_point.state.step ? best : std::nullopt;
}

// The count of evaluations for train.stop_early goes on where it is of the same metric.
std::optional<EarlyStopState> early_stop_so_far(const ResumePoint& resume_point,
                                                const Json& config) {
  const auto metric_in = [](const Json& of) {
    const Json stop = of.value("train", Json::object()).value("stop_early", Json());
    return stop.is_object() ? stop.value("metric", Json()) : Json();
  };
  const Json now = metric_in(config);
  if (!resume_point.resumes || now.is_null()) return std::nullopt;
  if (metric_in(resume_point.state.facts.config) != now) return std::nullopt;
  return resume_point.state.early_stop;
}

// Training files whose hash loading has not taken have been hashed for reward_config.json.
void write_inputs(const RunFolder& folder, const Config& config, const RunInputs& inputs,
                  const RewardConfig& reward, const RunFacts& facts) {
  InputsRecord record{.data_sha256 = facts.data_sha256,
                      .model_sha256 = facts.model_sha256,
                      .environment = facts.environment};
  for (size_t i = 0; i < inputs.sources.size(); ++i) {
    std::map<std::string, std::string> sha256 = inputs.sources[i].sha256;
    const std::vector<Path>& files = config.sources[i].source.train;
    for (size_t f = 0; f < files.size(); ++f) {
      sha256[files[f].value] = reward.sources[i].train_sha256[f];
    }
    for (const Path& file : config.sources[i].source.eval) {
      if (sha256.contains(file.value) || !fs::is_regular_file(file.value)) continue;
      sha256[file.value] = sha256_of_file(file.value);
    }
    record.sources.push_back(input_source(inputs.sources[i], sha256));
  }
  write_inputs_record(folder.inputs(), record);
}

void say_plan(const Config& config, const Compute& compute, const MemoryPlan& memory,
              const DiskPlan& disk, Log& log) {
  log.info(str(memory_text(memory, compute), "\n", disk_text(disk)));
  const std::string average = average_text(config.train.optimizer.average);
  if (!average.empty()) log.info(average);
  if (disk.free > 0 && disk.free < disk.most) log.warn("the disk may become full during this run");
}

}  // namespace

int start_run(const Config& config, const Compute& compute, bool overwrite, TimeLimit& limit,
              Log& log) {
  const std::vector<fs::path> inputs = input_paths(config);
  const RunFolder folder{config.run.folder.value};
  ResumePoint resume_point = find_resume_point(config.run, overwrite, inputs, log);
  RunInputs run_inputs = load_run_inputs(config, log);
  RunFacts facts = check_resume_point(resume_point, config, run_inputs, compute, log);
  const int64_t steps = run_inputs.length.steps;
  const bool exported = fs::exists(folder.export_folder()) && !resume_point.export_damaged;
  if (resume_point.training_done && exported) {
    if (resume_point.adapter_missing) export_run_adapter(folder, log);
    write_missing_end_event(folder, resume_point.final_step);
    if (!fs::exists(folder.report())) write_run_report(folder, log);
    log.info(str(folder.path,
                 ": the run is complete, nothing is left to do; larger train.steps or "
                 "train.epochs train it further"));
    return 0;
  }
  const MemoryPlan memory = plan_run_memory(config, run_inputs, compute);
  const DiskPlan disk = plan_disk(config, run_inputs, compute);
  RewardConfig reward = reward_config_of(config, run_inputs);
  for (const SourceData& source : run_inputs.sources)
    check_unchanged(source.stamps);  // as it was hashed
  if (stop_signal() != 0) return stopped_before_start(log, "the same command");
  prepare_run_folder(folder, overwrite, config, inputs, run_inputs, resume_point, log);
  facts.run = run_id(folder).value();
  write_inputs(folder, config, run_inputs, reward, facts);
  resume_point.state.best = best_so_far(folder, resume_point, facts.config);
  resume_point.state.early_stop = early_stop_so_far(resume_point, facts.config);
  resume_point.state.facts = std::move(facts);
  log.info(str(version_text(), "\n", count_text(steps, "step"), " of ",
               count_text(config.train.batches.batch_size, "group"), "; ",
               resume_text(resume_point, folder)));
  say_plan(config, compute, memory, disk, log);
  std::optional<PartialModel> partial;
  if (!trains_all(config.model.train)) {
    partial = {.base = base_model(folder).value(), .train = config.model.train};
  }
  Run run{.config = config,
          .folder = folder,
          .inputs = std::move(run_inputs),
          .reward = std::move(reward),
          .compute = compute,
          .recompute = memory.recompute,
          .resume_point = std::move(resume_point),
          .limit = limit,
          .partial = std::move(partial)};
  return train_run(run, log);
}

}  // namespace laurel
