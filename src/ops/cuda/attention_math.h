// Attention over packed spans in plain ATen, span by span in tiles of queries, on any device: what
// the flash kernels are checked against, and what serves the types, head sizes and soft caps that
// they do not.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "ops/attention.h"

namespace laurel {

// Queries of a tile: memory is that of so many rows of scores by head, not of all.
inline constexpr int64_t kAttentionMathQueries = 256;

// As attention_forward and attention_backward of ops/attention.h; logsumexp in at least fp32.
void attention_math_forward(const Qkv& qkv, const AttentionMask& mask,
                            const AttentionOutput& output);
void attention_math_backward(const at::Tensor& grad, const Qkv& qkv, const AttentionMask& mask,
                             const at::Tensor& logsumexp, const Qkv& grad_qkv);

}  // namespace laurel
