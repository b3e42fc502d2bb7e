// Attention over packed spans in plain ATen, span by span, on any device: what the flash kernels
// are checked against, and what serves the types and head sizes that they do not.
#pragma once

#include <ATen/core/Tensor.h>

#include "ops/attention.h"

namespace laurel {

// As attention_forward and attention_backward of ops/attention.h; log_sum in at least fp32.
void attention_math_forward(const Heads& heads, const Visible& visible, const Attended& attended);
void attention_math_backward(const at::Tensor& grad, const Heads& heads, const Visible& visible,
                             const at::Tensor& log_sum, const Heads& grad_heads);

}  // namespace laurel
