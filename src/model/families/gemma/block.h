// One block of Gemma, Gemma 2 or Gemma 3, forward and backward over packed tokens.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "model/block_parts.h"
#include "model/block_pass.h"
#include "model/buffer.h"
#include "model/families/gemma/layout.h"
#include "ops/rope.h"

namespace laurel {

// What attention or the MLP gives before its norm; only where it has one.
struct GemmaBranch {
  Buffer values;  // (N, D)
  Buffer rms;     // (N)
};

// What a block's backward pass needs of its forward pass besides its input. T tokens; after
// attention N = T, but in the last block N counts only the tokens that positions pool.
struct GemmaSavedActivations {
  Buffer input_rms;           // (T): 1 / rms of the input
  SavedHeadNorms head_norms;  // only with q/k norm
  Buffer qkv;                 // (T, H + 2 G, K) as attention sees them
  Buffer attention_output;    // (T, H, K)
  Buffer logsumexp;           // (T, H): log of the softmax denominators
  GemmaBranch attention;
  Buffer residual;      // (N, D): input + attention
  Buffer residual_rms;  // (N)
  Buffer gate_up;       // (N, 2 I); only with Recompute::none
  GemmaBranch mlp;
};

// Working memory that blocks share.
struct GemmaScratch {
  Buffer normed, activated;           // (T, D), (T, I)
  Buffer branch;                      // (N, D), after its norm
  Buffer gate_up;                     // (N, 2 I), where blocks do not keep it
  Buffer pool_input, pool_attention;  // (N, D), (N, H K), last block
  Buffer output;                      // (N, D), of a block that is computed again
  Buffer grad_normed, grad_branch, grad_activated, grad_gate_up, grad_qkv, grad_attention_output,
      grad_pool_attention;
};

// Tables of layers without and with a window; the same but in Gemma 3.
struct GemmaRopes {
  RopeTable full, sliding;
};

// A block's pass, with what the family adds to it.
struct GemmaPass {
  const BlockPass& block;
  const GemmaConfig& config;
  const GemmaRopes& ropes;
  GemmaScratch& scratch;
};

// output (N, D) = block(pass.block.input) at all tokens, in the last block at the pooled tokens.
// Fills `saved`.
void gemma_block_forward(const GemmaPass& pass, const GemmaBlock& weights,
                         GemmaSavedActivations& saved, const at::Tensor& output);

// grad_output (N, D) -> grad_input (T, D), the same tensor but in the last block; grad_output is
// used as scratch. Parameter gradients are added to `gradient`. What was not saved is computed
// again, with the same operations on the same numbers: results are the same bit for bit.
void gemma_block_backward(const GemmaPass& pass, const GemmaBlock& weights,
                          GemmaSavedActivations& saved, const GemmaBlock& gradient,
                          const at::Tensor& grad_output, const at::Tensor& grad_input);

}  // namespace laurel
