// Causal attention (1706.03762) over packed spans, each of which may continue a prefix span.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "data/batch.h"

namespace laurel {

// Views of (T, heads, K) and (T, kv_heads, K), the last dimension contiguous; or their gradients.
// Query head h uses key/value head h / (heads / kv_heads).
struct Heads {
  at::Tensor q, k, v;
};

struct FlashKeys;  // ops/cuda/flash.h

// Token i of a span that has prefix length P is at place P + i; it sees the places j of its prefix
// and its own span with j <= P + i and, if window > 0, P + i - j < window.
struct Visible {
  std::span<const Span> spans;  // every token belongs to one span
  int64_t window = 0;
  const FlashKeys* keys = nullptr;  // the spans on the device; on CUDA only
};

// out (T, heads, K) = softmax(q k^T / sqrt(K)) v; log_sum (T, heads) = log of the denominators.
struct Attended {
  at::Tensor out, log_sum;
};
void attention_forward(const Heads& heads, const Visible& visible, const Attended& attended);

// grad (T, heads, K), contiguous, is the gradient of out; `attended` is the forward pass's (only
// CUDA reads its `out`); overwrites all of grad_heads.
void attention_backward(const at::Tensor& grad, const Heads& heads, const Visible& visible,
                        const Attended& attended, const Heads& grad_heads);

}  // namespace laurel
