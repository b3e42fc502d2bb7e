// Adapters of linear maps (LoRA, 2106.09685): a weight W of some rows becomes W + scale B A.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "ops/cpu/dropout_mask.h"

namespace laurel {

// The adapter of the rows from first_row on of a (fused) weight (out, in).
struct AdapterPart {
  int64_t first_row;
  double scale;
  at::Tensor b;  // (rows, r)
};

// All adapters of one weight, or their gradients. The A of one input lie one behind the other, so
// that they take one product. fp32 where x and the weight are bf16, else of their type.
struct Adapters {
  at::Tensor a;                    // (sum of r, in); undefined: none
  std::vector<AdapterPart> parts;  // in the order of the rows of a
  DropoutMask dropout = {};        // of the input; not of gradients (adapter_dropout.h)
};

// Each of these computes in the adapters' type and rounds what it adds to a bf16 result once, as
// PEFT does with autocast_adapter_dtype. x A^T (T, sum of r) is computed again in the backward pass
// rather than kept: with rank 16 on all linear maps it would be a fiftieth of what a layer of a
// small model keeps, and a family would have to keep it; computing it takes r / out of the forward
// product, and x is at hand for the gradient of A anyway.

// out (T, out), at the rows of each part, += scale (x A^T) B^T.
void adapters_forward(const at::Tensor& x, const Adapters& adapters, const at::Tensor& out);

// Returns grad_low (T, sum of r) = scale grad B, side by side as the rows of a: what the next two need.
at::Tensor adapters_backward_output(const at::Tensor& grad, const Adapters& adapters);

// grad_x (T, in) += grad_low A, of all parts.
void adapters_backward_input(const at::Tensor& grad_low, const Adapters& adapters,
                             const at::Tensor& grad_x);

// gradient.a += grad_low^T x, gradient.parts[i].b += scale grad^T (x A^T), each of its rows.
void adapters_backward_weight(const at::Tensor& grad, const at::Tensor& grad_low,
                              const at::Tensor& x, const Adapters& adapters,
                              const Adapters& gradient);

}  // namespace laurel
