// The product with the head's matrix, and how a new head is drawn.
#include "model/head.h"

#include <ATen/ops/mm.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/tensor.h>

#include <cmath>
#include <vector>

#include "core/random.h"

namespace laurel {

Layout head_layout(int64_t columns, int64_t hidden_size, int64_t loss_parameters, bool bias,
                   const HeadNames& names) {
  LayoutBuilder layout;
  layout.begin_block();
  layout.matrix(names.weight, columns, hidden_size);
  if (bias) layout.vector(names.bias, columns);
  if (loss_parameters > 0) layout.vector(kLossParameters, loss_parameters);
  return layout.finish();
}

const TensorSpec& head_weight(const Layout& layout) { return layout.tensors.front(); }

const TensorSpec* head_bias(const Layout& layout) {
  const bool has_bias = layout.tensors.size() > 1 && layout.tensors[1].name != kLossParameters;
  return has_bias ? &layout.tensors[1] : nullptr;
}

void init_head(ParameterBuffer& head, uint64_t seed) {
  const TensorSpec& spec = head_weight(head.layout);
  at::Tensor weight = view(head.weights, spec);
  const double deviation = 1 / std::sqrt(static_cast<double>(spec.shape[1] + 1));
  Random random(seed);
  std::vector<double> values(spec.size);
  for (double& value : values) value = deviation * random.normal();
  weight.copy_(at::tensor(values, at::kDouble).view(spec.shape));
  if (const TensorSpec* bias = head_bias(head.layout)) view(head.weights, *bias).zero_();
}

at::Tensor head_forward(const at::Tensor& features, const ParameterBuffer& head) {
  at::Tensor rewards = at::mm(features, view(head.weights, head_weight(head.layout)).t());
  if (const TensorSpec* bias = head_bias(head.layout)) rewards.add_(view(head.weights, *bias));
  return rewards;
}

at::Tensor head_backward(const at::Tensor& grad_rewards, const at::Tensor& features,
                         const ParameterBuffer& head) {
  const TensorSpec& score = head_weight(head.layout);
  view(head.gradient, score).addmm_(grad_rewards.t(), features);
  if (const TensorSpec* bias = head_bias(head.layout))
    view(head.gradient, *bias).add_(grad_rewards.sum(0));
  return at::mm(grad_rewards, view(head.weights, score));
}

}  // namespace laurel
