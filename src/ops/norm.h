// RMS norm (1910.07467), forward and backward.
#pragma once

#include <ATen/core/Tensor.h>

namespace laurel {

// What a norm multiplies by: its weight (Llama), or one more than it (Gemma, whose weights begin at
// zero), added in the type of arithmetic.
enum class NormScale { weight, one_plus_weight };

// Per row of x (T, D) or (T, heads, D): out = x / rms * scale, rms = sqrt(mean(x^2) + eps).
// inverse_rms: (T) or (T, heads), contiguous.
void rms_norm_forward(const at::Tensor& x, const at::Tensor& weight, double eps,
                      const at::Tensor& out, const at::Tensor& inverse_rms,
                      NormScale scale = NormScale::weight);

// The values of the forward pass, and what the gradient with respect to x does to its destination.
enum class WriteMode { overwrite, add };
struct NormSaved {
  at::Tensor x, inverse_rms;
};

// With g = grad * scale and n = 1 / rms:  grad_x = g n - x n^3 mean(g x),  grad_weight += sum over
// rows of grad x n (if defined). With WriteMode::overwrite grad_x may be grad itself.
void rms_norm_backward(const at::Tensor& grad, const NormSaved& saved, const at::Tensor& weight,
                       const at::Tensor& grad_x, const at::Tensor& grad_weight, WriteMode mode,
                       NormScale scale = NormScale::weight);

}  // namespace laurel
