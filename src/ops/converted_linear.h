// Products of bf16 matrices as fp32 products of converted blocks: the same operands and fp32 sums,
// for CPUs that multiply fp32 faster than bf16 (AVX512-BF16 without AMX on Intel's).
#pragma once

#include <ATen/core/Tensor.h>

namespace laurel {

// out (T, out) = x (T, in) W^T (out, in), plus `bias` (out) where it is defined and `base` (T, out)
// where it is: it may be `out` itself. All bf16; each element is rounded once, at the end.
void converted_forward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                       const at::Tensor& base, const at::Tensor& out);

// grad_x (T, in) = grad (T, out) W (out, in). All bf16.
void converted_backward_input(const at::Tensor& grad, const at::Tensor& weight,
                              const at::Tensor& grad_x);

// sum (out, in), fp32, += grad^T x, bf16.
void converted_accumulate(const at::Tensor& grad, const at::Tensor& x, const at::Tensor& sum);

}  // namespace laurel
