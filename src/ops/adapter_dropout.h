// Adapters whose input is dropped (LoRA's dropout): y += scale (drop(x) A^T) B^T, each adapter of a
// fused weight with a mask of its own, as PEFT's modules have. As the functions of adapters.h
// otherwise, which call these.
#pragma once

#include <ATen/core/Tensor.h>

#include "ops/adapters.h"

namespace laurel {

void dropped_adapters_forward(const at::Tensor& x, const Adapters& adapters, const at::Tensor& out);

// grad_x += the mask times grad_low A.
void dropped_adapters_backward_input(const at::Tensor& grad_low, const Adapters& adapters,
                                     const at::Tensor& grad_x);

void dropped_adapters_backward_weight(const at::Tensor& grad, const at::Tensor& grad_low,
                                      const at::Tensor& x, const Adapters& adapters,
                                      const Adapters& gradient);

}  // namespace laurel
