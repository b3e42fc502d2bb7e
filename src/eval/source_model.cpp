// Binds columns, learned numbers and loss into functions of rewards.
#include "eval/source_model.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>

namespace laurel {

static RewardColumns columns_in(const SourceModel& model, const at::Tensor& rewards) {
  const at::Tensor learned = model.divisor == 1 ? rewards : rewards * model.divisor;
  return columns_of(learned, at::tensor(model.loss_parameters, rewards.options()), model.head,
                    model.columns);
}

at::Tensor predicted_scores(const SourceModel& model, const at::Tensor& rewards) {
  const bool rates = model.loss && traits(*model.loss).labels == LabelKind::pointwise;
  const at::Tensor targets =
      rates ? prediction(*model.loss, columns_in(model, rewards))
            : rewards.index_select(1, at::tensor(model.columns.attributes, at::kLong));
  std::vector<double> mean, deviation;
  for (const Scaling& scaling : model.scaling) {
    mean.push_back(scaling.mean);
    deviation.push_back(scaling.deviation);
  }
  return targets * at::tensor(deviation, rewards.options()) + at::tensor(mean, rewards.options());
}

std::vector<double> comparison_weights(const SourceModel& model) {
  if (!model.columns.reward_weights.empty()) return model.columns.reward_weights;
  std::vector<double> weights(static_cast<size_t>(model.head.attributes), 0);
  weights[static_cast<size_t>(model.columns.attributes.front())] = 1;
  return weights;
}

double combined_reward(std::span<const double> columns, std::span<const double> weights) {
  double sum = 0;
  for (size_t i = 0; i < weights.size(); ++i) sum += weights[i] * columns[i];
  return sum;
}

void set_model(EvaluationTask& task, const SourceModel& model) {
  task.scaling = model.scaling;
  task.attributes = model.attributes;
  task.columns = model.columns.attributes;
  task.reward_weights = comparison_weights(model);
  task.reduction = model.reduction;
  if (!model.loss || traits(*model.loss).labels != LabelKind::pointwise) return;
  const auto columns = [model](const at::Tensor& rewards) { return columns_in(model, rewards); };
  task.predict = [loss = *model.loss, columns](const at::Tensor& rewards) {
    return prediction(loss, columns(rewards));
  };
  if (traits(*model.loss).pointwise.columns_per_attribute == 1 || !model.head.log_variances) return;
  task.deviation = [loss = *model.loss, columns](const at::Tensor& rewards) {
    return predicted_deviation(loss, columns(rewards));
  };
}

}  // namespace laurel
