// Layer norm (1607.06450), forward and backward.
#pragma once

#include <ATen/core/Tensor.h>

#include "ops/norm.h"

namespace laurel {

// A layer norm's weight and bias (D), or their gradients.
struct LayerNorm {
  at::Tensor weight;
  at::Tensor bias;  // undefined: none
};

// Of rows: their mean, and one over the root of their variance + eps; both (T), contiguous.
struct LayerNormStatistics {
  at::Tensor mean, inverse;
};

// Per row of x (T, D): out = (x - mean) inverse weight + bias, with the variance mean((x - mean)^2).
// out may be x.
void layer_norm_forward(const at::Tensor& x, const LayerNorm& norm, double eps,
                        const at::Tensor& out, const LayerNormStatistics& statistics);

// With n = (x - mean) inverse and g = grad weight:
//   grad_x = inverse (g - mean(g) - n mean(g n)),   gradient.weight += sum over rows of grad n,
//   gradient.bias += sum over rows of grad, each where defined
// With WriteMode::overwrite grad_x may be grad itself.
void layer_norm_backward(const at::Tensor& grad, const at::Tensor& x,
                         const LayerNormStatistics& statistics, const at::Tensor& weight,
                         const at::Tensor& grad_x, const LayerNorm& gradient, WriteMode mode);

}  // namespace laurel
