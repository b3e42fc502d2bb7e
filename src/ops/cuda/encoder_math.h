// What encoders add to the operations, on CUDA by LibTorch's own kernels: layer norm, the exact GELU,
// sums of embeddings. Shapes and formulas are those of the headers named.
#pragma once

#include <ATen/core/Tensor.h>

#include "ops/layer_norm.h"

namespace laurel {

// ops/layer_norm.h. Parameter gradients are fp32.
void layer_norm_forward_math(const at::Tensor& x, const LayerNorm& norm, double eps,
                             const at::Tensor& out, const LayerNormStatistics& statistics);
void layer_norm_backward_math(const at::Tensor& grad, const at::Tensor& x,
                              const LayerNormStatistics& statistics, const at::Tensor& weight,
                              const at::Tensor& grad_x, const LayerNorm& gradient, WriteMode mode);

// ops/exact_gelu.h.
void exact_gelu_forward_math(const at::Tensor& x, const at::Tensor& out);
void exact_gelu_backward_math(const at::Tensor& grad, const at::Tensor& x,
                              const at::Tensor& activated, const at::Tensor& grad_x);
void gated_exact_gelu_forward_math(const at::Tensor& gate_up, const at::Tensor& out);
void gated_exact_gelu_backward_math(const at::Tensor& grad, const at::Tensor& gate_up,
                                    const at::Tensor& activated, const at::Tensor& grad_gate_up);

// ops/embedding.h.
void embedding_add_math(const at::Tensor& ids, const at::Tensor& weight, const at::Tensor& out);

}  // namespace laurel
