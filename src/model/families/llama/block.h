// One Llama block, forward and backward over packed tokens.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "model/block_parts.h"
#include "model/block_pass.h"
#include "model/buffer.h"
#include "model/families/llama/layout.h"
#include "ops/rope.h"

namespace laurel {

// What a block's backward pass needs of its forward pass besides its input. T tokens; after
// attention N = T, but in the last block N counts only the tokens that positions pool.
struct LlamaSavedActivations {
  Buffer input_rms;           // (T): 1 / rms of the input
  SavedHeadNorms head_norms;  // only with q/k norm
  Buffer qkv;                 // (T, H + 2 Hkv, K) as attention sees them
  Buffer attention_output;    // (T, H, K)
  Buffer logsumexp;           // (T, H): log of the softmax denominators
  Buffer residual;            // (N, D): input + attention
  Buffer residual_rms;        // (N)
  Buffer gate_up;             // (N, 2 I); only with Recompute::none
};

// Working memory that blocks share.
struct LlamaScratch {
  Buffer normed, activated;           // (T, D), (T, I)
  Buffer gate_up;                     // (N, 2 I), where blocks do not keep it
  Buffer pool_input, pool_attention;  // (N, D), (N, H K), last block
  Buffer grad_normed, grad_activated, grad_gate_up, grad_qkv, grad_attention_output,
      grad_pool_attention;
};

// A block's pass, with what the family adds to it.
struct LlamaPass {
  const BlockPass& block;
  const LlamaConfig& config;
  const RopeTable& rope;
  LlamaScratch& scratch;
};

// output (N, D) = block(pass.block.input) at all tokens, in the last block at the pooled tokens.
// Fills `saved`.
void llama_block_forward(const LlamaPass& pass, const LlamaBlock& weights,
                         LlamaSavedActivations& saved, const at::Tensor& output);

// grad_output (N, D) -> grad_input (T, D), the same tensor but in the last block; grad_output is
// used as scratch. Parameter gradients are added to `gradient`. What was not saved is computed
// again, with the same operations on the same numbers: results are the same bit for bit.
void llama_block_backward(const LlamaPass& pass, const LlamaBlock& weights,
                          LlamaSavedActivations& saved, const LlamaBlock& gradient,
                          const at::Tensor& grad_output, const at::Tensor& grad_input);

}  // namespace laurel
