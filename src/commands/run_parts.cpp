// Config and inputs to what the loop, the head and an evaluation want to know.
#include "commands/run_parts.h"

#include <algorithm>

#include "commands/source_model.h"
#include "config/write.h"
#include "core/files.h"

namespace laurel {

RewardConfig reward_config_of(const Config& config, const Prepared& run) {
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

std::vector<double> scalars_of(const Parameters& parameters) {
  const Store& head = parameters.stores.at(1);
  const Entry* const entry = head.layout.find("scalars");
  if (entry == nullptr) return {};
  const at::Tensor scalars = view(head.weights, *entry).to(at::kCPU, at::kDouble).contiguous();
  const double* const first = scalars.const_data_ptr<double>();
  return {first, first + scalars.numel()};
}

void record_scalars(const std::vector<double>& scalars, const HeadPlan& head,
                    RewardConfig& reward) {
  for (size_t i = 0; i < reward.sources.size(); ++i) {
    const auto first = scalars.begin() + head.sources[i].first_scalar;
    reward.sources[i].scalars.assign(first, first + head.sources[i].scalars);
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
                   .scalars = scalars_of(model.parameters()),
                   .reduction = source.options.reduction});
  return evaluate([&](const TokenBatch& tokens) { return model.score(tokens); }, task);
}

std::function<std::vector<Evaluation>()> evaluator(const Config& config, const Prepared& run,
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
