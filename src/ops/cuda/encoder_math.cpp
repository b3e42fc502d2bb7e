// Calls LibTorch's kernels. Sums over rows are made in fp32: its own layer norm would round a bf16
// weight's gradient before it is added.
#include "ops/cuda/encoder_math.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/gelu_backward.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/native_layer_norm.h>
#include <ATen/ops/native_layer_norm_backward.h>

#include <array>
#include <optional>
#include <tuple>

namespace laurel {

void layer_norm_forward_math(const at::Tensor& x, const LayerNorm& norm, double eps,
                             const at::Tensor& out, const LayerNormStatistics& statistics) {
  const std::optional<at::Tensor> bias =
      norm.bias.defined() ? std::optional(norm.bias) : std::nullopt;
  const auto [normed, mean, inverse] =
      at::native_layer_norm(x, {x.size(-1)}, norm.weight, bias, eps);
  out.copy_(normed);
  statistics.mean.copy_(mean.view_as(statistics.mean));
  statistics.inverse.copy_(inverse.view_as(statistics.inverse));
}

void layer_norm_backward_math(const at::Tensor& grad, const at::Tensor& x,
                              const LayerNormStatistics& statistics, const at::Tensor& weight,
                              const at::Tensor& grad_x, const LayerNorm& gradient, WriteMode mode) {
  const at::Tensor mean = statistics.mean.unsqueeze(-1), inverse = statistics.inverse.unsqueeze(-1);
  const at::Tensor change = std::get<0>(
      at::native_layer_norm_backward(grad.contiguous(), x.contiguous(), {x.size(-1)}, mean, inverse,
                                     weight, std::nullopt, std::array{true, false, false}));
  const at::Tensor rows = grad.to(statistics.mean.scalar_type());
  if (gradient.weight.defined()) {
    const at::Tensor normed = (x.to(statistics.mean.scalar_type()) - mean) * inverse;
    gradient.weight.add_((rows * normed).sum(0));
  }
  if (gradient.bias.defined()) gradient.bias.add_(rows.sum(0));
  if (mode == WriteMode::add) {
    grad_x.add_(change);
  } else {
    grad_x.copy_(change);
  }
}

void exact_gelu_forward_math(const at::Tensor& x, const at::Tensor& out) { out.copy_(at::gelu(x)); }

void exact_gelu_backward_math(const at::Tensor& grad, const at::Tensor& x,
                              const at::Tensor& activated, const at::Tensor& grad_x) {
  activated.copy_(at::gelu(x));
  grad_x.copy_(at::gelu_backward(grad, x));
}

void gated_exact_gelu_forward_math(const at::Tensor& gate_up, const at::Tensor& out) {
  const int64_t width = out.size(1);
  out.copy_(at::gelu(gate_up.narrow(1, 0, width)) * gate_up.narrow(1, width, width));
}

void gated_exact_gelu_backward_math(const at::Tensor& grad, const at::Tensor& gate_up,
                                    const at::Tensor& activated, const at::Tensor& grad_gate_up) {
  const int64_t width = grad.size(1);
  const at::Tensor gate = gate_up.narrow(1, 0, width), up = gate_up.narrow(1, width, width);
  const at::Tensor gelu = at::gelu(gate);
  const at::Tensor grad_gate = at::gelu_backward(grad * up, gate);
  activated.copy_(gelu * up);
  grad_gate_up.narrow(1, width, width).copy_(grad * gelu);
  grad_gate_up.narrow(1, 0, width).copy_(grad_gate);
}

void embedding_add_math(const at::Tensor& ids, const at::Tensor& weight, const at::Tensor& out) {
  out.add_(weight.index_select(0, ids));
}

}  // namespace laurel
