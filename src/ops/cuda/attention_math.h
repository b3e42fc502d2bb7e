// Attention over packed spans in plain ATen, span by span, on any device: what the flash kernels
// are checked against, and what serves the types and head sizes that they do not.
#pragma once

#include <ATen/core/Tensor.h>

#include "ops/attention.h"

namespace laurel {

// As attention_forward and attention_backward of ops/attention.h; logsumexp in at least fp32.
void attention_math_forward(const Qkv& qkv, const AttentionMask& mask,
                            const AttentionOutput& output);
void attention_math_backward(const at::Tensor& grad, const Qkv& qkv, const AttentionMask& mask,
                             const at::Tensor& logsumexp, const Qkv& grad_qkv);

}  // namespace laurel
