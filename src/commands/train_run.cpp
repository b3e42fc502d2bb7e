// Loads the weights, trains, saves final/ and exports it.
#include "commands/train_run.h"

#include "checkpoint/checkpoints.h"
#include "checkpoint/training_state.h"
#include "commands/checkpointer.h"
#include "commands/export_model.h"
#include "commands/failures.h"
#include "commands/training_inputs.h"
#include "core/str.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

constexpr int kStopped = 75;  // EX_TEMPFAIL: to be started again

// Reads the weights, of the backbone or of the checkpoint with all that belongs to them.
RewardModel load(Run& run, LoopState& state) {
  ModelFolder source = run.inputs.model;
  if (run.resume_point.checkpoint)
    source = with_weights_of(std::move(source), *run.resume_point.checkpoint);
  LoadedModel loaded = load_model(std::move(source), true, storage_type(run.compute.precision),
                                  training_state(run.config.train.optimizer), run.compute.device);
  if (run.resume_point.checkpoint) {
    const RunState& before = run.resume_point.state;
    state = {.step = before.step, .evaluated = before.evaluated, .sampler = before.sampler};
    state.optimizer = {.updates = before.updates, .skipped = before.skipped};
    state.optimizer.seen_rows = read_training_state(
        *run.resume_point.checkpoint / "training.safetensors", loaded.parameters);
  }
  return {run.inputs.model.backbone, std::move(loaded.parameters), run.recompute};
}

// Returns where it ended; final/ is written after the last step. The model and its training state
// are gone afterwards: the export needs their memory.
LoopState train_and_save(Run& run, MetricsFile& metrics, RunReport& report, Log& log) {
  const Config& config = run.config;
  LoopState begin;
  RewardModel model = load(run, begin);
  const Parameters& parameters = model.parameters();
  Checkpointer checkpointer({run.folder, config.train, run.inputs, run.reward, metrics, log},
                            run.now);
  if (run.resume_point.checkpoint && !run.resume_point.in_place)
    checkpointer.save_and_wait(begin, parameters);
  const int64_t workers = run.compute.workers;
  BatchPrefetcher batches(run.inputs.sources, config.train.batches, run.inputs.model.pooling,
                          run.inputs.length, workers, begin.sampler);
  const std::vector<SourceObjective> objectives = objectives_of(config, run.inputs.head);
  const auto evaluate =
      evaluator(config, run.inputs, model, {config.train.batches.tokens_per_micro_batch, workers});
  Training training{.options = config.train,
                    .phases = phases_of_run(config, run.inputs.length.steps),
                    .sources = objectives,
                    .head = run.inputs.head.columns(),
                    .start = begin};
  if (evaluate) {
    training.evaluate = [&](int64_t step) {
      std::vector<Evaluation> evaluations = evaluate();
      checkpointer.record_evaluation(evaluations, step);
      return evaluations;
    };
  }
  training.stop = [&] {
    const bool late = run.limit.reached();
    return stop_signal() != 0 || late;
  };
  training.signalled = [] { return stop_signal() != 0; };
  training.save_now = [&] {
    checkpointer.check();
    return take_save_request();
  };
  training.save = [&](const LoopState& state) { checkpointer.save(state, parameters); };
  training.fail = [&](const NonFiniteStep& failed) {
    throw_non_finite(run, failed, checkpointer, parameters);
  };
  training.out_of_memory = [&](const std::exception& caught, const StepLocation& at) {
    return out_of_memory(run, caught, at);
  };
  LoopState end = train(training, model, batches, report);
  if (end.step < run.inputs.length.steps) {
    if (end.step > begin.step) checkpointer.save_and_wait(end, parameters);
    return end;
  }
  checkpointer.wait();
  record_loss_parameters(loss_parameters_of(parameters), run.inputs.head, run.reward);
  Json environment = {{"step", end.step}};
  environment.update(run.now.environment);
  metrics.flush();  // final/ says that they are all there
  save_final_model(run.folder,
                   {.source = run.inputs.model,
                    .parameters = parameters,
                    .pad = run.inputs.pad,
                    .reward_config = run.reward},
                   environment);
  return end;
}

int export_run(const RunFolder& folder, int64_t step, RunReport& report, Log& log) {
  const std::string outputs =
      export_verified(folder.final_folder(), folder.export_folder(), ExportDtype::fp32, {});
  if (!outputs.empty()) log.info(str("export: ", outputs, "; `laurel export` gives others"));
  report.event("end", step);
  log.info(str("done: model in ", folder.final_folder(),
               ", export for transformers, TRL, OpenRLHF and vLLM in ", folder.export_folder(),
               ", metrics in ", folder.metrics()));
  return 0;
}

}  // namespace

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
  RunReport report(metrics, log, names_of(run.config), planned);
  const auto export_and_finish = [&] {
    const int code = export_run(run.folder, planned, report, log);
    metrics.flush();
    return code;
  };
  if (run.resume_point.training_done) return export_and_finish();
  if (!resumed) report.event("start", run.resume_point.state.step);
  const LoopState end = train_and_save(run, metrics, report, log);
  if (end.step < planned) {
    report.event("stopped", end.step);
    if (end.step == run.resume_point.state.step) {
      return stopped_before_start(log, "the same command with --set run.resume=auto");
    }
    const std::string what = stop_signal() != 0 ? str("signal ", stop_signal()) : "run.max_hours";
    log.warn(str("stopped by ", what, " after ", end.step, " of ", planned, " steps; saved ",
                 run.folder.checkpoints() / checkpoint_name(end.step),
                 "; to resume: the same command with --set run.resume=auto"));
    return kStopped;
  }
  return export_and_finish();
}

}  // namespace laurel
