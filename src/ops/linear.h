// y = x W^T + b, with adapters y += scale (x A^T) B^T, its input gradient, and its weight gradient
// added in place.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>

#include "ops/adapters.h"

namespace laurel {

// The library that computes ATen's fp32 matrix products on CPU.
enum class Fp32MatmulBackend { mkl, onednn };

// Takes oneDNN on CPUs with AVX-512 that are not Intel's: MKL uses AVX2 there, and is half as fast.
// ATen offers oneDNN only together with the permission to round operands to bf16; whether oneDNN
// makes use of it is tested on a product, and if so the permission is withdrawn.
// To be called once, when a program starts.
Fp32MatmulBackend choose_fp32_matmul_backend();

// How products of bf16 matrices are computed on CPU.
enum class Bf16MatmulBackend { native, converted };
constexpr auto enum_names(Bf16MatmulBackend) { return std::array{"bf16", "fp32"}; }

// native: by the libraries' bf16 products, which it is until this is called; converted:
// ops/converted_linear. Of the whole process: a program's to call, before the first product.
void choose_bf16_matmul_backend(Bf16MatmulBackend backend);

// A weight, its bias and its adapters, or their gradients. Of a gradient, what is undefined is not
// computed: a frozen weight takes no product.
struct Linear {
  at::Tensor weight;       // (out, in)
  at::Tensor bias;         // (out), undefined: none
  Adapters adapters = {};  // of rows of the weight
};

// x (T, in) -> out (T, out).
void linear_forward(const at::Tensor& x, const Linear& linear, const at::Tensor& out);

// out = base + x W^T + b, for residual branches; base and out may be the same tensor.
void linear_add_forward(const at::Tensor& x, const Linear& linear, const at::Tensor& base,
                        const at::Tensor& out);

// grad_x (T, in) = grad W, with adapters grad (W + scale B A). grad_low: adapters_backward_output of
// grad, where it is at hand.
void linear_backward_input(const at::Tensor& grad, const Linear& linear, const at::Tensor& grad_x,
                           const at::Tensor& grad_low = {});

// gradient.weight += grad^T x, gradient.bias += column sums of grad, gradient.adapters as
// adapters_backward_weight, each where defined; fp32 where grad and x are bf16.
void linear_backward_weight(const at::Tensor& grad, const at::Tensor& x, const Linear& linear,
                            const Linear& gradient, const at::Tensor& grad_low = {});

}  // namespace laurel
