// Selects and combines columns one by one: an index tensor would have to travel to the device.
#include "loss/source_columns.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>

namespace laurel {

namespace {

at::Tensor selected(const at::Tensor& columns, const std::vector<int64_t>& which) {
  std::vector<at::Tensor> chosen;
  for (const int64_t column : which) chosen.push_back(columns.narrow(1, column, 1));
  return chosen.size() == 1 ? chosen[0] : at::cat(chosen, 1);
}

at::Tensor combined(const at::Tensor& columns, const std::vector<double>& weights) {
  at::Tensor sum;
  for (size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0) continue;
    const at::Tensor part = columns.narrow(1, static_cast<int64_t>(i), 1) * weights[i];
    sum = sum.defined() ? sum + part : part;
  }
  TORCH_INTERNAL_ASSERT(sum.defined(), "at least one weight is not 0");
  return sum;
}

}  // namespace

RewardColumns columns_of(const at::Tensor& rewards, const at::Tensor& loss_parameters,
                         const HeadColumns& head, const SourceColumns& source) {
  TORCH_INTERNAL_ASSERT(rewards.size(1) == head.attributes * (head.log_variances ? 2 : 1));
  const at::Tensor mean = rewards.narrow(1, 0, head.attributes);
  RewardColumns columns;
  if (!source.reward_weights.empty()) {
    columns.reward = combined(mean, source.reward_weights);
  } else {
    columns.reward = selected(mean, source.attributes);
    if (head.log_variances) {
      columns.log_variance =
          selected(rewards.narrow(1, head.attributes, head.attributes), source.attributes);
    }
  }
  if (source.loss_parameters > 0)
    columns.loss_parameters =
        loss_parameters.narrow(0, source.first_loss_parameter, source.loss_parameters);
  return columns;
}

}  // namespace laurel
