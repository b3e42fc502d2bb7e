// laurel train: from a config to a run folder with the trained model and its export.
#include <algorithm>

#include "checkpoint/run_folder.h"
#include "commands/arguments.h"
#include "commands/commands.h"
#include "commands/compute.h"
#include "commands/export_model.h"
#include "commands/inputs.h"
#include "commands/memory.h"
#include "commands/prepare.h"
#include "commands/source_model.h"
#include "commands/version.h"
#include "config/write.h"
#include "core/files.h"
#include "core/str.h"
#include "eval/evaluate.h"
#include "train/stop.h"

namespace laurel {

static RewardConfig reward_config_of(const Config& config, const Prepared& run) {
  RewardConfig reward{.text = run.rules,
                      .template_options = run.template_options,
                      .max_length = config.model.length.max_length,
                      .attributes = run.head.attributes,
                      .log_variances = run.head.log_variances};
  for (size_t i = 0; i < run.sources.size(); ++i) {
    const SourceConfig& source = config.sources[i];
    SourceRecord record{.name = source.source.name,
                        .format = word_of(source.source.format),
                        .loss = options_json(source)["loss"],
                        .loss_weight = source.loss_weight,
                        .merge = source.merge,
                        .scaling = run.sources[i].scaling};
    if (label_kind(source.loss) == LabelKind::pointwise) {
      record.attributes = source.source.attributes;
    }
    if (source.source.format == Format::segments) {
      record.reduction = source.source.reduction;
      record.separator = source.source.separator;
    }
    for (const Path& file : source.source.train)
      record.train_sha256.push_back(sha256_of_file(file.value));
    reward.sources.push_back(record);
  }
  return reward;
}

// What losses have learned for themselves.
static std::vector<double> scalars_of(const RewardModel& model) {
  const at::Tensor scalars = model.scalars().to(at::kCPU, at::kDouble).contiguous();
  const double* const first = scalars.const_data_ptr<double>();
  return {first, first + scalars.numel()};
}

static void record_scalars(const RewardModel& model, const HeadPlan& head, RewardConfig& reward) {
  const std::vector<double> all = scalars_of(model);
  for (size_t i = 0; i < reward.sources.size(); ++i) {
    const auto first = all.begin() + head.sources[i].first_scalar;
    reward.sources[i].scalars.assign(first, first + head.sources[i].scalars);
  }
}

static std::vector<SourceObjective> objectives_of(const Config& config, const HeadPlan& head) {
  std::vector<SourceObjective> objectives;
  for (size_t i = 0; i < config.sources.size(); ++i) {
    const SourceConfig& source = config.sources[i];
    objectives.push_back({source.source.name, source.loss, source.loss_weight, head.sources[i]});
  }
  return objectives;
}

static std::vector<StepRange> phases_of_run(const Config& config, int64_t steps) {
  std::vector<StepRange> active;
  for (const SourceConfig& source : config.sources) {
    if (!source.source.train.empty()) active.push_back(active_steps(source.source.active, steps));
  }
  return phases_of(active, steps);
}

static Evaluation evaluate_source(const Prepared& run, size_t index, const Loss& loss,
                                  RewardModel& model, const PackOptions& packing) {
  const SourceData& source = run.sources[index];
  EvaluationTask task{.source = source.options.name,
                      .split = source.eval,
                      .reading = run.model.reading,
                      .packing = packing};
  set_model(task, {.loss = loss,
                   .head = run.head.columns(),
                   .columns = run.head.sources[index],
                   .attributes = source.options.attributes,
                   .scaling = source.scaling,
                   .scalars = scalars_of(model),
                   .reduction = source.options.reduction});
  return evaluate([&](const TokenBatch& tokens) { return model.score(tokens); }, task);
}

// Evaluates every source that has eval rows; empty if none has.
static std::function<std::vector<Evaluation>()> evaluator(const Config& config, const Prepared& run,
                                                          RewardModel& model,
                                                          const PackOptions& packing) {
  const bool any =
      std::any_of(run.sources.begin(), run.sources.end(),
                  [](const SourceData& source) { return source.eval.report.rows > 0; });
  if (!any) return {};
  return [&config, &run, &model, packing] {
    std::vector<Evaluation> evaluations;
    for (size_t i = 0; i < run.sources.size(); ++i) {
      if (run.sources[i].eval.report.rows == 0) continue;
      evaluations.push_back(evaluate_source(run, i, config.sources[i].loss, model, packing));
    }
    return evaluations;
  };
}

static Json run_facts(const Config& config, int64_t steps) {
  return {{"step", steps},          {"laurel", version()},
          {"revision", revision()}, {"libtorch", libtorch_version()},
          {"cpu", cpu_text()},      {"precision", word_of(*config.train.precision)}};
}

// What a run computes with.
struct Means {
  Compute compute;
  Recompute recompute;
};

// Returns the number of steps made; final/ is written after the last. The model and its training
// state are gone afterwards: the export needs their memory.
static int64_t train_and_save(const Config& config, const RunFolder& folder, Prepared run,
                              const Means& means, RunReport& report) {
  // Before training: a file that changes or goes away meanwhile must not cost the run.
  RewardConfig reward = reward_config_of(config, run);
  LoadedModel loaded = load_model(std::move(run.model), true, storage_type(means.compute.precision),
                                  training_state(config.train.optimizer), means.compute.device);
  run.model = std::move(loaded.folder);
  RewardModel model(run.model.llama, std::move(loaded.parameters), means.recompute);
  const int64_t workers = means.compute.workers;
  Batcher batcher(run.sources, config.train.batches, run.model.reading, run.length, workers);
  const std::vector<SourceObjective> objectives = objectives_of(config, run.head);
  const int64_t steps =
      train({.options = config.train,
             .phases = phases_of_run(config, run.length.steps),
             .sources = objectives,
             .head = run.head.columns(),
             .evaluate = evaluator(config, run, model,
                                   {config.train.batches.tokens_per_micro_batch, workers})},
            model, batcher, report);
  if (steps < run.length.steps) return steps;
  record_scalars(model, run.head, reward);
  save_final(folder, {.source = run.model,
                      .parameters = model.parameters(),
                      .pad = run.pad,
                      .reward_config = reward,
                      .facts = run_facts(config, steps)});
  return steps;
}

// Trains in a folder that is ready; returns the exit code.
static int train_run(const Config& config, const RunFolder& folder, Prepared run,
                     const Means& means, Log& log) {
  const int64_t planned = run.length.steps;
  std::vector<std::string> names;
  for (const SourceConfig& source : config.sources) names.push_back(source.source.name);
  MetricsFile metrics(folder.metrics());
  RunReport report(metrics, log, names, planned);
  watch_stop_signals();
  report.event("start", 0);
  const int64_t steps = train_and_save(config, folder, std::move(run), means, report);
  if (steps < planned) {
    report.event("stopped", steps);
    log.warn(
        str("stopped by a signal after ", steps, " of ", planned, " steps; nothing was saved"));
    return 128 + stop_signal();
  }
  const std::string outputs =
      export_verified(folder.final_model(), folder.exported(), ExportDtype::fp32, {});
  if (!outputs.empty()) log.info(str("export: ", outputs, "; `laurel export` gives others"));
  report.event("end", steps);
  log.info(str("done: model in ", folder.final_model(),
               ", export for transformers, TRL, OpenRLHF and vLLM in ", folder.exported(),
               ", metrics in ", folder.metrics()));
  return 0;
}

int train_command(int argc, char** argv) {
  const CommandLine line{
      "train", "CONFIG",
      "Trains the reward model that CONFIG describes and writes the run folder: laurel.json, "
      "metrics.jsonl, log.txt, final/ and export/. `laurel describe` explains the options.\n"};
  const auto arguments = parse_arguments(line, argc, argv, [](cxxopts::OptionAdder& add) {
    add_set_option(add);
    add("overwrite", "Replace the run folder if it is one of ours.");
  });
  if (!arguments) return 0;
  Log log;
  Config config = read_inputs(positionals(*arguments)[0], overrides_of(*arguments), log);
  const Compute compute = set_up_compute({.device = config.run.device,
                                          .precision = config.train.precision,
                                          .threads = config.run.threads},
                                         log);
  config.train.precision = compute.precision;
  config.run.device = compute.device.is_cpu() ? Device::cpu : Device::cuda;
  const bool overwrite = arguments->count("overwrite") > 0;
  const std::vector<std::filesystem::path> inputs = input_paths(config);
  check_run_folder(config.run.folder.value, overwrite, inputs);
  Prepared run = prepare(config, log);
  const MemoryPlan memory = plan_run(config, run, compute);
  const RunFolder folder =
      create_run_folder(config.run.folder.value, overwrite, resolved_config(config), inputs);
  log.also_to(folder.log());
  log.info(str(version_text(), "\n", run.length.steps, " steps of ",
               config.train.batches.batch_size, " groups"));
  log.info(memory_text(memory));
  return train_run(config, folder, std::move(run), {compute, memory.recompute}, log);
}

}  // namespace laurel
