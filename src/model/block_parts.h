// Parts that the blocks of several families have in common. T tokens, H query heads, G key/value
// heads, K head dim, N the tokens that the rest of a block computes.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <initializer_list>

#include "model/block_pass.h"
#include "model/buffer.h"
#include "ops/attention.h"
#include "ops/linear.h"
#include "ops/norm.h"

namespace laurel {

// q (T, H, K), k and v (T, G, K) of packed (T, H + 2 G, K).
Qkv split_heads(const at::Tensor& qkv, int64_t heads, int64_t kv_heads);

// The pass's spans with this window; a family sets what else it has.
AttentionMask attention_mask(const BlockPass& pass, int64_t window, bool causal = true);

// The rows of x (T, W) that the rest of this block computes: all, or in the last block the pooled
// ones, in `buffer`.
at::Tensor select_pool(const BlockPass& pass, const at::Tensor& x, Buffer& buffer);

// The way back: rows (N, W) at the pooled tokens of x (T, W), zero elsewhere.
void scatter_pool(const BlockPass& pass, const at::Tensor& rows, const at::Tensor& x);

// grad_x (T, in) of grad (T, out); adds to `gradient` in the order of the workers. grad B of the
// adapters is computed once for both.
void linear_backward(const BlockPass& pass, const at::Tensor& grad, const at::Tensor& x,
                     const Linear& weights, const Linear& gradient, const at::Tensor& grad_x);

// The projection behind attention, backwards: grad (N, D) of its output -> grad_attended (T, W), of
// attended (T, W), zero at tokens that are not pooled where the block is the last. Adds to
// `gradient`.
struct OutputScratch {
  Buffer &selected, &grad_selected;  // (N, W), last block
};
void output_backward(const BlockPass& pass, const at::Tensor& grad, const at::Tensor& attended,
                     const Linear& weights, const Linear& gradient, const OutputScratch& scratch,
                     const at::Tensor& grad_attended);

// What the adapters of a block drop of their inputs: of linear maps of all tokens, and of those
// behind attention.
void set_adapter_dropout(const BlockPass& pass, Linear& all, std::initializer_list<Linear*> rest);

// out (N, D) = base + drop(linear(x)), the branch dropped by `place`.
void dropped_branch_forward(const BlockPass& pass, DropoutPlace place, const at::Tensor& x,
                            const Linear& linear, const at::Tensor& base, const at::Tensor& out);

// The gradient of linear(x), of `grad` (N, D), which is that of out: dropped in `buffer`, or where
// nothing is dropped `grad` itself.
at::Tensor dropped_branch_backward(const BlockPass& pass, DropoutPlace place,
                                   const at::Tensor& grad, Buffer& buffer);

// RMS norm over the K elements of every head of q and k (Qwen3, Gemma 3).
struct HeadNorms {
  at::Tensor q, k;  // (K), weights or their gradients
  double eps = 0;
  NormScale scale = NormScale::weight;
};
struct SavedHeadNorms {
  Buffer raw;           // (T, H + G, K), before the norms
  Buffer q_rms, k_rms;  // (T, H), (T, G)
};

// In place on q and k of qkv (T, H + 2 G, K); the values before it are saved.
void head_norms_forward(const HeadNorms& norms, const Qkv& qkv, SavedHeadNorms& saved);

// In place on the gradients of q and k. Adds to those of the weights.
void head_norms_backward(const BlockPass& pass, const HeadNorms& norms, SavedHeadNorms& saved,
                         const HeadNorms& gradient, const Qkv& grad);

}  // namespace laurel
