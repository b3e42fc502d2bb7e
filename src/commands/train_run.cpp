// The loop between what a run starts from and what it leaves.
#include "commands/train_run.h"

#include "checkpoint/checkpoints.h"
#include "checkpoint/training_state.h"
#include "commands/export_model.h"
#include "commands/run_faults.h"
#include "commands/run_parts.h"
#include "commands/run_saver.h"
#include "core/str.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

constexpr int kStopped = 75;  // EX_TEMPFAIL: to be started again

// Reads the weights, of the backbone or of the checkpoint with all that belongs to them.
RewardModel load(Run& run, LoopState& state) {
  ModelFolder source = run.prepared.model;
  if (run.start.checkpoint) source = with_tensors_of(std::move(source), *run.start.checkpoint);
  LoadedModel loaded = load_model(std::move(source), true, storage_type(run.compute.precision),
                                  training_state(run.config.train.optimizer), run.compute.device);
  if (run.start.checkpoint) {
    const RunState& before = run.start.state;
    state = {.step = before.step, .evaluated = before.evaluated, .data = before.data};
    state.optimizer = {.updates = before.updates, .skipped = before.skipped};
    state.optimizer.touched =
        read_training_state(*run.start.checkpoint / "training.safetensors", loaded.parameters);
  }
  return {run.prepared.model.llama, std::move(loaded.parameters), run.recompute};
}

// Returns where it ended; final/ is written after the last step. The model and its training state
// are gone afterwards: the export needs their memory.
LoopState train_and_save(Run& run, MetricsFile& metrics, RunReport& report, Log& log) {
  const Config& config = run.config;
  LoopState begin;
  RewardModel model = load(run, begin);
  const Parameters& parameters = model.parameters();
  RunSaver saver({run.folder, config.train, run.prepared, run.reward, metrics, log}, run.now);
  if (run.start.checkpoint && !run.start.in_place) saver.save_and_wait(begin, parameters);
  const int64_t workers = run.compute.workers;
  Batcher batcher(run.prepared.sources, config.train.batches, run.prepared.model.reading,
                  run.prepared.length, workers, begin.data);
  const std::vector<SourceObjective> objectives = objectives_of(config, run.prepared.head);
  const auto evaluate = evaluator(config, run.prepared, model,
                                  {config.train.batches.tokens_per_micro_batch, workers});
  Training training{.options = config.train,
                    .phases = phases_of_run(config, run.prepared.length.steps),
                    .sources = objectives,
                    .head = run.prepared.head.columns(),
                    .start = begin};
  if (evaluate) {
    training.evaluate = [&](int64_t step) {
      std::vector<Evaluation> evaluations = evaluate();
      saver.evaluated(evaluations, step);
      return evaluations;
    };
  }
  training.stop = [&] {
    const bool late = run.limit.reached();
    return stop_signal() != 0 || late;
  };
  training.signalled = [] { return stop_signal() != 0; };
  training.save_now = [&] {
    saver.check();
    return take_save_request();
  };
  training.save = [&](const LoopState& state) { saver.save(state, parameters); };
  training.fail = [&](const NonFiniteStep& failed) {
    fail_non_finite(run, failed, saver, parameters);
  };
  training.out_of_memory = [&](const std::exception& caught, const PlaceInRun& at) {
    return out_of_memory(run, caught, at);
  };
  LoopState end = train(training, model, batcher, report);
  if (end.step < run.prepared.length.steps) {
    if (end.step > begin.step) saver.save_and_wait(end, parameters);
    return end;
  }
  saver.wait();
  record_scalars(scalars_of(parameters), run.prepared.head, run.reward);
  Json facts = {{"step", end.step}};
  facts.update(run.now.facts);
  metrics.flush();  // final/ says that they are all there
  save_final(run.folder,
             {.source = run.prepared.model,
              .parameters = parameters,
              .pad = run.prepared.pad,
              .reward_config = run.reward},
             facts);
  return end;
}

int export_run(const RunFolder& folder, int64_t step, RunReport& report, Log& log) {
  const std::string outputs =
      export_verified(folder.final_model(), folder.exported(), ExportDtype::fp32, {});
  if (!outputs.empty()) log.info(str("export: ", outputs, "; `laurel export` gives others"));
  report.event("end", step);
  log.info(str("done: model in ", folder.final_model(),
               ", export for transformers, TRL, OpenRLHF and vLLM in ", folder.exported(),
               ", metrics in ", folder.metrics()));
  return 0;
}

}  // namespace

void complete_run(const RunFolder& folder, int64_t step) {
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
  const int64_t planned = run.prepared.length.steps;
  const bool resumed = run.start.in_place;
  std::error_code ignored;
  const auto size = static_cast<int64_t>(fs::file_size(run.folder.metrics(), ignored));
  const int64_t kept = run.start.trained && !ignored ? last_line(run.folder.metrics()).end
                                                     : run.start.state.metrics_bytes;
  if (resumed && (ignored || size < kept)) {
    log.warn(str(run.folder.metrics(), ": is shorter than it was when the checkpoint was made"));
  }
  MetricsFile metrics(run.folder.metrics(), run.start.goes_on ? kept : 0);
  RunReport report(metrics, log, names_of(run.config), planned);
  const auto export_and_end = [&] {
    const int code = export_run(run.folder, planned, report, log);
    metrics.flush();
    return code;
  };
  if (run.start.trained) return export_and_end();
  if (!resumed) report.event("start", run.start.state.step);
  const LoopState end = train_and_save(run, metrics, report, log);
  if (end.step < planned) {
    report.event("stopped", end.step);
    if (end.step == run.start.state.step) {
      return stopped_before_start(log, "the same command with --set run.resume=auto");
    }
    const std::string what = stop_signal() != 0 ? str("signal ", stop_signal()) : "run.max_hours";
    log.warn(str("stopped by ", what, " after ", end.step, " of ", planned, " steps; saved ",
                 run.folder.checkpoints() / checkpoint_name(end.step),
                 "; to go on: the same command with --set run.resume=auto"));
    return kStopped;
  }
  return export_and_end();
}

}  // namespace laurel
