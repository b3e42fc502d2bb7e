// AdamW (Loshchilov and Hutter, 1711.05101) and the global gradient norm, over flat buffers.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

namespace laurel {

// Elements [begin, end) of flat buffers.
struct UpdateRange {
  int64_t begin, end;
  bool decay;
};

struct AdamW {
  double lr = 1e-5, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0;
  int64_t update = 1;         // number of this update, from 1: bias correction
  double gradient_scale = 1;  // clip factor, see clip_factor
};

// Flat tensors of one size and type.
struct AdamWBuffers {
  at::Tensor weights, gradient, moment1, moment2;
};

// Euclidean norm over all elements of the buffers, summed in fp64 in an order that depends on sizes
// only.
double gradient_norm(std::span<const at::Tensor> gradients);

// min(1, max_norm / (norm + 1e-6)), the factor torch's clip_grad_norm_ uses; 1 when max_norm is 0
// (no clipping).
double clip_factor(double norm, double max_norm);

// One pass over the ranges, g = gradient_scale * gradient:
//   w -= lr * weight_decay * w            where the range decays
//   m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g^2
//   w -= lr / (1 - beta1^n) * m / (sqrt(v / (1 - beta2^n)) + eps)
// and the gradient is zero afterwards.
void adamw_step(const AdamWBuffers& buffers, std::span<const UpdateRange> ranges,
                const AdamW& options);

}  // namespace laurel
