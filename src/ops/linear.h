// y = x W^T + b, its input gradient, and its weight gradient added in place.
#pragma once

#include <ATen/core/Tensor.h>

namespace laurel {

// Who computes fp32 products on CPU for all of ATen.
enum class Fp32Products { mkl, onednn };

// Takes oneDNN on CPUs with AVX-512 that are not Intel's: MKL uses AVX2 there, and is half as fast.
// ATen offers oneDNN only together with the permission to round operands to bf16; that oneDNN makes
// no use of it is tried on a product, and taken back otherwise.
// To be called once, when a program starts.
Fp32Products choose_fp32_products();

// A weight and bias, or their gradients.
struct Linear {
  at::Tensor weight;  // (out, in)
  at::Tensor bias;    // (out), undefined: none
};

// x (T, in) -> out (T, out).
void linear_forward(const at::Tensor& x, const Linear& linear, const at::Tensor& out);

// out = base + x W^T + b, for residual branches; base and out may be the same tensor.
void linear_add_forward(const at::Tensor& x, const Linear& linear, const at::Tensor& base,
                        const at::Tensor& out);

// grad_x (T, in) = grad W.
void linear_backward_input(const at::Tensor& grad, const Linear& linear, const at::Tensor& grad_x);

// gradient.weight += grad^T x, gradient.bias += column sums of grad, each where defined; fp32 where
// grad and x are bf16.
void linear_backward_weight(const at::Tensor& grad, const at::Tensor& x, const Linear& gradient);

}  // namespace laurel
