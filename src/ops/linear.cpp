// Matrix products are ATen's; gradients of weights accumulate in place.
#include "ops/linear.h"

#include <ATen/ops/addmm.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/sum.h>

namespace laurel {

void linear_forward(const at::Tensor& x, const Linear& linear, const at::Tensor& out) {
  at::Tensor result = out;
  at::mm_out(result, x, linear.weight.t());
  if (linear.bias.defined()) result.add_(linear.bias);
}

void linear_add_forward(const at::Tensor& x, const Linear& linear, const at::Tensor& base,
                        const at::Tensor& out) {
  at::Tensor result = out;
  at::addmm_out(result, base, x, linear.weight.t());
  if (linear.bias.defined()) result.add_(linear.bias);
}

void linear_backward_input(const at::Tensor& grad, const Linear& linear, const at::Tensor& grad_x) {
  at::Tensor result = grad_x;
  at::mm_out(result, grad, linear.weight);
}

void linear_backward_weight(const at::Tensor& grad, const at::Tensor& x, const Linear& gradient) {
  if (gradient.weight.defined()) {
    at::Tensor weight = gradient.weight;
    weight.addmm_(grad.t(), x);
  }
  if (gradient.bias.defined()) gradient.bias.add_(grad.sum(0));
}

}  // namespace laurel
