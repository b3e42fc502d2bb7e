// The product with the head's matrix, and how a new head is drawn.
#include "model/head.h"

#include <ATen/ops/mm.h>
#include <ATen/ops/tensor.h>

#include <cmath>
#include <vector>

#include "core/random.h"

namespace laurel {

Layout head_layout(int64_t columns, int64_t hidden_size, int64_t loss_parameters) {
  LayoutBuilder layout;
  layout.begin_block();
  layout.matrix(kHeadName, columns, hidden_size);
  if (loss_parameters > 0) layout.vector(kLossParameters, loss_parameters);
  return layout.finish();
}

void init_head(ParameterBuffer& head, uint64_t seed) {
  const TensorSpec& spec = head.layout.at(kHeadName);
  at::Tensor weight = view(head.weights, spec);
  const double deviation = 1 / std::sqrt(static_cast<double>(spec.shape[1] + 1));
  Random random(seed);
  std::vector<double> values(spec.size);
  for (double& value : values) value = deviation * random.normal();
  weight.copy_(at::tensor(values, at::kDouble).view(spec.shape));
}

at::Tensor head_forward(const at::Tensor& features, const ParameterBuffer& head) {
  return at::mm(features, view(head.weights, head.layout.at(kHeadName)).t());
}

at::Tensor head_backward(const at::Tensor& grad_rewards, const at::Tensor& features,
                         const ParameterBuffer& head) {
  const TensorSpec& score = head.layout.at(kHeadName);
  view(head.gradient, score).addmm_(grad_rewards.t(), features);
  return at::mm(grad_rewards, view(head.weights, score));
}

}  // namespace laurel
