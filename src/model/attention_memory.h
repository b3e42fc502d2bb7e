// What attention takes on CUDA beside activations, whatever the family.
#pragma once

#include <algorithm>
#include <cstdint>

#include "model/memory_shape.h"
#include "ops/cuda/attention_math.h"

namespace laurel {

// flash   gradients of gathered keys by query head and an fp32 gradient of queries, 4 H K (3 T +
//         T): keys are taken to be three times the tokens, as in pairs that share almost all of
//         them
// plain   (other types than bf16, or a soft cap) eight matrices of the scores of a tile of queries
//         against the longest row, and its keys and values with their gradients by query head
struct AttentionShape {
  int64_t heads, head_dim;
  bool soft_cap = false;
};
inline int64_t cuda_attention_bytes(const MemoryShape& shape, const AttentionShape& attention) {
  const int64_t width = attention.heads * attention.head_dim;
  if (shape.element_bytes == 2 && !attention.soft_cap) return 16 * shape.tokens * width;
  const int64_t queries = std::min(shape.longest, kAttentionMathQueries);
  return 32 * attention.heads * queries * shape.longest + 16 * width * shape.longest;
}

}  // namespace laurel
