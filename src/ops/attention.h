// Causal attention (1706.03762) over packed spans, each of which may continue a prefix span.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "data/batch.h"

namespace laurel {

// Views of (T, heads, K) and (T, kv_heads, K), the last dimension contiguous; or their gradients.
// Query head h uses key/value head h / (heads / kv_heads).
struct Qkv {
  at::Tensor q, k, v;
};

struct FlashKeys;  // ops/cuda/flash.h

// Token i of a span that has prefix length P is at position P + i; it sees the positions j of its
// prefix and its own span with j <= P + i and, if window > 0, P + i - j < window.
struct AttentionMask {
  std::span<const Span> spans;  // every token belongs to one span
  int64_t window = 0;
  const FlashKeys* flash_keys = nullptr;  // the spans on the device; on CUDA only
};

// out (T, heads, K) = softmax(q k^T / sqrt(K)) v; logsumexp (T, heads) = log of the denominators.
struct AttentionOutput {
  at::Tensor out, logsumexp;
};
void attention_forward(const Qkv& qkv, const AttentionMask& mask, const AttentionOutput& output);

// grad (T, heads, K), contiguous, is the gradient of out; `output` is the forward pass's (only
// CUDA reads its `out`); overwrites all of grad_qkv.
void attention_backward(const at::Tensor& grad, const Qkv& qkv, const AttentionMask& mask,
                        const AttentionOutput& output, const Qkv& grad_qkv);

}  // namespace laurel
