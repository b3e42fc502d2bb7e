// Binds columns, learned numbers and loss into functions of rewards.
#include "eval/source_model.h"

#include <ATen/ops/tensor.h>

namespace laurel {

void set_model(EvaluationTask& task, const SourceModel& model) {
  task.scaling = model.scaling;
  task.attributes = model.attributes;
  task.columns = model.columns.attributes;
  task.reward_weights = model.columns.reward_weights;
  task.reduction = model.reduction;
  if (task.reward_weights.empty()) {  // a source of scores; its rows may still be compared
    task.reward_weights.assign(static_cast<size_t>(model.head.attributes), 0);
    task.reward_weights[static_cast<size_t>(model.columns.attributes.front())] = 1;
  }
  if (!model.loss || traits(*model.loss).labels != LabelKind::pointwise) return;
  const auto columns = [model](const at::Tensor& rewards) {
    return columns_of(rewards, at::tensor(model.loss_parameters, rewards.options()), model.head,
                      model.columns);
  };
  task.predict = [loss = *model.loss, columns](const at::Tensor& rewards) {
    return prediction(loss, columns(rewards));
  };
  if (traits(*model.loss).pointwise.columns_per_attribute == 1 || !model.head.log_variances) return;
  task.deviation = [loss = *model.loss, columns](const at::Tensor& rewards) {
    return predicted_deviation(loss, columns(rewards));
  };
}

}  // namespace laurel
