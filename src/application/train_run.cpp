// Loads the weights, trains, saves final/ and exports it.
#include "application/train_run.h"

#include "application/dropout.h"
#include "application/export_adapter.h"
#include "application/export_model.h"
#include "application/failures.h"
#include "application/run_summary.h"
#include "checkpoint/checkpoints.h"
#include "checkpoint/training_tensors.h"
#include "core/option_reader.h"
#include "core/str.h"
#include "report/report_page.h"
#include "text/token_text.h"
#include "train/event_file.h"
#include "train/loss_parameters.h"
#include "train/step_line.h"
#include "train/trainer.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

constexpr int kStopped = 75;  // EX_TEMPFAIL: to be started again

// Reads the weights, of the backbone or of the checkpoint with all that belongs to them.
RewardModel load(const Run& run, TrainState& state) {
  ModelFolder source = run.inputs.model;
  const std::optional<fs::path>& checkpoint = run.resume_point.checkpoint;
  if (checkpoint) source = with_weights_of(std::move(source), *checkpoint);
  LoadedModel loaded = load_model(std::move(source), true, storage_type(run.compute.precision),
                                  training_state(run.config.train.optimizer), run.compute.device);
  if (checkpoint) {
    state.optimizer.seen_rows =
        read_training_tensors(*checkpoint / "training.safetensors", loaded.parameters);
  }
  return {run.inputs.model.backbone, std::move(loaded.parameters), run.recompute,
          dropout_of(run.config)};
}

// What is the best of many is so by luck too, and a benchmark that chose says less of the model.
constexpr const char* kChosenByBenchmark =
    "; it was chosen by a benchmark, so its score there is too high for a comparison with others";

// By train.keep_best, which may have found none.
void log_best(const Run& run, const std::optional<BestStep>& best, Log& log) {
  const TrainOptions& options = run.config.train;
  if (!options.keep_best) return;
  if (best) {
    const std::string named = source_and_metric(*options.keep_best).source;
    log.info(str("best step: ", best->step, " of ", run.inputs.length.steps, ", with ",
                 *options.keep_best, " ", fixed_text(best->value, 4),
                 options.final_step == FinalStep::best || best->step == run.inputs.length.steps
                     ? "; final/ has its weights"
                     : "; final/ has those of the last step (train.final)",
                 run.config.benchmark_named(named) ? kChosenByBenchmark : ""));
  } else if (options.final_step == FinalStep::best) {
    log.warn(str("no checkpoint has a value of ", *options.keep_best,
                 ", so final/ has the weights of the last step"));
  }
}

void save_final(Run& run, Trainer& trainer, MetricsFile& metrics, Log& log) {
  record_loss_parameters(trainer.parameters(), trainer.training().objectives, run.reward);
  Json written = run.resume_point.state.facts.environment;
  written["step"] = trainer.state().step;
  FinalFacts facts = read_file_json<FinalFacts>(written, "environment", ErrorKind::checkpoint);
  if (trainer.stopped_early()) facts.stopped_early = true;
  facts.average_decay = decay_of(run.config.train.optimizer.average);
  metrics.flush();  // final/ says that they are all there
  const std::optional<BestStep>& best = trainer.state().best;
  log_best(run, best, log);
  if (run.config.train.final_step == FinalStep::best && best && best->step != facts.step) {
    facts.weights_of_step = best->step;
    return save_final_model(run.folder, trainer.checkpointer().path_of(best->step), facts);
  }
  save_final_model(run.folder,
                   {.source = run.inputs.model,
                    .parameters = trainer.parameters(),
                    .pad = run.inputs.pad,
                    .reward_config = run.reward,
                    .partial = run.partial},
                   facts);
}

struct TrainingEnd {
  int64_t step;
  bool complete;  // all steps were made, or train.stop_early ended the run
};

// final/ is written where the run is complete. The model and its training state are gone
// afterwards: the export needs their memory.
TrainingEnd train_and_save(Run& run, MetricsFile& metrics, RunReport& report, Log& log) {
  TrainState start = run.resume_point.state;
  RewardModel model = load(run, start);
  Trainer trainer(training_of(run.config, run.inputs, run.compute),
                  {run.folder, run.inputs.model, run.inputs.pad, run.reward, run.partial},
                  std::move(model), std::move(start), metrics, report, run.limit, log);
  if (run.resume_point.checkpoint && !run.resume_point.in_place) trainer.save();
  try {
    trainer.train();
  } catch (const NonFiniteStep& failure) {
    throw_failure(run, failure, trainer);
  } catch (const OutOfMemory& failure) {
    throw_failure(run, failure);
  }
  const int64_t step = trainer.state().step, steps = run.inputs.length.steps;
  const std::optional<std::string> early = trainer.stopped_early();
  if (early && step < steps) {
    log.info(str("stopped early, after ", step, " of ", steps, " steps: ", *early));
  }
  const bool complete = step == steps || early;
  report.progress("writing final/");
  if (complete) save_final(run, trainer, metrics, log);
  return {step, complete};
}

int export_run(const RunFolder& folder, int64_t step, MetricsFile& metrics, RunReport& report,
               Log& log) {
  report.progress("writing export/ and reading it back");
  const Exported exported = export_verified(
      {.model = folder.final_folder(), .output = folder.export_folder(), .drop_bias = true});
  for (const std::string& note : exported.notes) {
    log.info(str("export: ", note, "; `laurel export` gives others"));
  }
  for (const std::string& warning : exported.warnings) log.warn(warning);
  report.event("end", step);
  metrics.flush();  // the run is complete
  write_run_report(folder, log);
  const std::string where =
      str("model in ", shown_path(folder.final_folder()),
          ", export for transformers, TRL, OpenRLHF and vLLM in ",
          shown_path(folder.export_folder()), ", metrics in ", shown_path(folder.metrics()),
          ", curves and pictures in ", shown_path(folder.report()));
  log.progress("");
  log.info(summary_text(report.summary(), folder.path));
  if (report.dead_model().since()) {
    log.warn(str("done, but ", report.dead_model().text(), ": this model is of no use; ", where));
  } else {
    log.info(str("done: ", where));
  }
  return 0;
}

}  // namespace

void write_run_report(const RunFolder& folder, Log& log) {
  try {
    write_report(folder.path);
  } catch (const Error& error) {
    log.warn(str("no report: ", error.message));
  }
}

void write_missing_end_event(const RunFolder& folder, int64_t step) {
  std::error_code ignored;
  if (!fs::exists(folder.metrics(), ignored)) return;
  const LastLine last = last_line(folder.metrics());
  MetricsFile metrics(folder.metrics(), last.end);
  if (last.text.find("\"event\":\"end\"") != std::string::npos) return;
  metrics.write(event_line("end", step));
  metrics.flush();
}

int stopped_before_start(Log& log, const std::string& again) {
  log.warn(str("stopped by signal ", stop_signal(),
               " before its first step: there is nothing to save; to start again: ", again));
  return kStopped;
}

int train_run(Run& run, Log& log) {
  const int64_t planned = run.inputs.length.steps;
  const bool resumed = run.resume_point.in_place;
  std::error_code ignored;
  const auto size = static_cast<int64_t>(fs::file_size(run.folder.metrics(), ignored));
  const int64_t kept = run.resume_point.training_done && !ignored
                           ? last_line(run.folder.metrics()).end
                           : run.resume_point.state.metrics_bytes;
  if (resumed && (ignored || size < kept)) {
    log.warn(str(run.folder.metrics(), ": is shorter than it was when the checkpoint was made"));
  }
  MetricsFile metrics(run.folder.metrics(), run.resume_point.resumes ? kept : 0);
  const ResumePoint& start = run.resume_point;
  const TokenText text_of(run.inputs.text.tokenizer);
  EventFile events(run.folder.path,
                   (start.training_done ? start.final_step : start.state.step) + 1);
  RunReport report(
      metrics, log, names_of(run.inputs), planned,
      {.log_every = run.config.train.log_every,
       .events = &events,
       .eval_rows = run.folder.eval_rows(),
       .text_of = [&](std::span<const int32_t> ids) { return text_of.without_special(ids); }});
  const auto export_and_finish = [&](int64_t step) {
    if (lora_of(run.config.model.train)) export_run_adapter(run.folder, log);
    return export_run(run.folder, step, metrics, report, log);
  };
  if (run.resume_point.training_done) return export_and_finish(run.resume_point.final_step);
  if (!resumed) report.event("start", run.resume_point.state.step);
  const auto [end, complete] = train_and_save(run, metrics, report, log);
  if (!complete) {
    report.event("stopped", end);
    if (end == run.resume_point.state.step) {
      return stopped_before_start(log, "the same command with --set run.resume=auto");
    }
    const std::string what = stop_signal() != 0 ? str("signal ", stop_signal()) : "run.max_hours";
    log.warn(str("stopped by ", what, " after ", end, " of ", count_text(planned, "step"),
                 "; saved ", run.folder.checkpoints() / checkpoint_name(end),
                 "; to resume: the same command with --set run.resume=auto"));
    return kStopped;
  }
  return export_and_finish(end);
}

}  // namespace laurel
