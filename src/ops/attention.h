// Attention (1706.03762) over packed spans, each of which may continue a prefix span.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "data/batch.h"
#include "ops/cpu/dropout_mask.h"

namespace laurel {

// Views of (T, heads, K) and (T, kv_heads, K), the last dimension contiguous; or their gradients.
// Query head h uses key/value head h / (heads / kv_heads).
struct Qkv {
  at::Tensor q, k, v;
};

struct FlashKeys;  // ops/cuda/flash.h

// What a query sees, and what becomes of its scores. Token i of a span that has prefix length P is
// at position p = P + i; of the positions j of its prefix and its own span it sees
//   causal       j <= p and, if window > 0, p - j < window
//   not causal   all and, if window > 0, only |p - j| < window
// so that a window of w shows w - 1 tokens on a side: Mistral's and Gemma's sliding_window is w,
// ModernBERT's local_attention is 2 (w - 1). A prefix never sees what continues it.
struct AttentionMask {
  std::span<const Span> spans;  // every token belongs to one span
  int64_t window = 0;
  const FlashKeys* flash_keys = nullptr;  // the spans on the device; on CUDA only
  bool causal = true;
  double soft_cap = 0;  // a score s becomes soft_cap tanh(s / soft_cap) before mask and softmax
  double scale = 0;     // of q k^T, before the soft cap; 0: 1 / sqrt(K)
  // Of the probabilities, on the CPU: a hash of each token, columns are the positions of keys.
  DropoutMask dropout = {};
};

// The scale that the mask asks for with heads so wide.
double attention_scale(const AttentionMask& mask, int64_t head_dim);

// out (T, heads, K) = softmax(scale q k^T) v; logsumexp (T, heads) = log of the denominators.
struct AttentionOutput {
  at::Tensor out, logsumexp;
};
void attention_forward(const Qkv& qkv, const AttentionMask& mask, const AttentionOutput& output);

// grad (T, heads, K), contiguous, is the gradient of out; `output` is the forward pass's (only
// CUDA reads its `out`); overwrites all of grad_qkv.
void attention_backward(const at::Tensor& grad, const Qkv& qkv, const AttentionMask& mask,
                        const AttentionOutput& output, const Qkv& grad_qkv);

}  // namespace laurel
