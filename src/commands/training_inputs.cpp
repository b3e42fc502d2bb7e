// Derives reward_config.json, objectives, phases and evaluation from config and inputs.
#include "commands/training_inputs.h"

#include <algorithm>

#include "commands/source_model.h"
#include "core/files.h"
#include "core/option_writer.h"

namespace laurel {

RewardConfig reward_config_of(const Config& config, const RunInputs& run) {
  RewardConfig reward{.text = run.rules,
                      .template_options = run.template_options,
                      .max_length = config.model.length.max_length,
                      .attributes = run.head.attributes,
                      .log_variances = run.head.log_variances};
  for (size_t i = 0; i < run.sources.size(); ++i) {
    const SourceConfig& source = config.sources[i];
    SourceRecord record{.name = source.source.name,
                        .format = enum_name(source.source.format),
                        .loss = options_to_json(source)["loss"],
                        .loss_weight = source.loss_weight,
                        .reward_weights = source.reward_weights,
                        .scaling = run.sources[i].scaling};
    if (traits(source.loss).labels == LabelKind::pointwise) {
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

std::vector<double> loss_parameters_of(const Parameters& parameters) {
  const ParameterBuffer& head = parameters.buffers.at(1);
  const TensorSpec* const spec = head.layout.find("loss_parameters");
  if (spec == nullptr) return {};
  const at::Tensor loss_parameters =
      view(head.weights, *spec).to(at::kCPU, at::kDouble).contiguous();
  const double* const first = loss_parameters.const_data_ptr<double>();
  return {first, first + loss_parameters.numel()};
}

void record_loss_parameters(const std::vector<double>& loss_parameters, const HeadPlan& head,
                            RewardConfig& reward) {
  for (size_t i = 0; i < reward.sources.size(); ++i) {
    const auto first = loss_parameters.begin() + head.sources[i].first_loss_parameter;
    reward.sources[i].loss_parameters.assign(first, first + head.sources[i].loss_parameters);
  }
}

std::vector<std::string> names_of(const Config& config) {
  std::vector<std::string> names;
  for (const SourceConfig& source : config.sources) names.push_back(source.source.name);
  return names;
}

std::vector<SourceObjective> objectives_of(const Config& config, const HeadPlan& head) {
  std::vector<SourceObjective> objectives;
  for (size_t i = 0; i < config.sources.size(); ++i) {
    const SourceConfig& source = config.sources[i];
    objectives.push_back({source.source.name, source.loss, source.loss_weight, head.sources[i]});
  }
  return objectives;
}

std::vector<StepRange> phases_of_run(const Config& config, int64_t steps) {
  std::vector<StepRange> active;
  for (const SourceConfig& source : config.sources) {
    if (!source.source.train.empty()) active.push_back(active_steps(source.source.active, steps));
  }
  return phases_of(active, steps);
}

static Evaluation evaluate_source(const RunInputs& run, size_t index, const Loss& loss,
                                  RewardModel& model, const PackOptions& packing) {
  const SourceData& source = run.sources[index];
  EvaluationTask task{.source = source.options.name,
                      .split = source.eval,
                      .pooling = run.model.pooling,
                      .packing = packing};
  set_model(task, {.loss = loss,
                   .head = run.head.columns(),
                   .columns = run.head.sources[index],
                   .attributes = source.options.attributes,
                   .scaling = source.scaling,
                   .loss_parameters = loss_parameters_of(model.parameters()),
                   .reduction = source.options.reduction});
  return evaluate([&](const TokenBatch& tokens) { return model.score(tokens); }, task);
}

std::function<std::vector<Evaluation>()> evaluator(const Config& config, const RunInputs& run,
                                                   RewardModel& model, const PackOptions& packing) {
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

}  // namespace laurel
