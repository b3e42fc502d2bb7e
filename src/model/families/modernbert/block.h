// One ModernBERT block, forward and backward over packed tokens.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "model/block_pass.h"
#include "model/buffer.h"
#include "model/families/modernbert/layout.h"
#include "model/saved_layer_norm.h"
#include "ops/rope.h"

namespace laurel {

// What a block's backward pass needs of its forward pass besides its input. T tokens; after
// attention N = T, but in the last block N counts only the tokens that positions pool.
struct ModernBertSavedActivations {
  SavedLayerNorm attention_norm;  // of the input; not in the first block
  Buffer qkv;                     // (T, 3 H, K), rotated
  Buffer attention_output;        // (T, H, K)
  Buffer logsumexp;               // (T, H): log of the softmax denominators
  Buffer residual;                // (N, D): input + attention
  SavedLayerNorm mlp_norm;        // of it
  Buffer gate_up;                 // (N, 2 I); only with Recompute::none
};

// Working memory that blocks share.
struct ModernBertScratch {
  Buffer normed, activated;           // (T, D), (T, I)
  Buffer gate_up;                     // (N, 2 I), where blocks do not keep it
  Buffer pool_input, pool_attention;  // (N, D), last block
  Buffer grad_normed, grad_activated, grad_gate_up, grad_qkv, grad_attention_output,
      grad_pool_attention;
};

// Of layers that see all tokens, and of local ones.
struct ModernBertRopes {
  RopeTable global, local;
};

// A block's pass, with what the family adds to it.
struct ModernBertPass {
  const BlockPass& block;
  const ModernBertConfig& config;
  const ModernBertRopes& ropes;
  ModernBertScratch& scratch;

  bool local() const { return config.local.at(static_cast<size_t>(block.layer)); }
};

// output (N, D) = block(pass.block.input) at all tokens, in the last block at the pooled tokens.
// Fills `saved`.
void modernbert_block_forward(const ModernBertPass& pass, const ModernBertBlock& weights,
                              ModernBertSavedActivations& saved, const at::Tensor& output);

// grad_output (N, D) -> grad_input (T, D), the same tensor but in the last block; grad_output is
// used as scratch. Parameter gradients are added to `gradient`. What was not saved is computed
// again, with the same operations on the same numbers: results are the same bit for bit.
void modernbert_block_backward(const ModernBertPass& pass, const ModernBertBlock& weights,
                               ModernBertSavedActivations& saved, const ModernBertBlock& gradient,
                               const at::Tensor& grad_output, const at::Tensor& grad_input);

}  // namespace laurel
