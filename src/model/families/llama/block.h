// The Llama family: its layout, and one block's forward and backward pass over packed tokens.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>

#include "model/buffer.h"
#include "model/families/llama/config.h"
#include "model/ordered_reduction.h"
#include "model/parameters.h"
#include "model/worker_tokens.h"
#include "ops/linear.h"

namespace laurel {

// Block 0: embedding; blocks 1 .. layers: the layers; the last block: the final norm. lm_head has
// no place here.
Layout llama_layout(const LlamaConfig& config);

// One layer's views of a flat buffer: weights, or the gradient in the same places.
// Absent parts are undefined.
struct LlamaBlock {
  at::Tensor attention_norm, mlp_norm;  // (D)
  at::Tensor q_norm, k_norm;            // (K)
  Linear qkv;                           // ((H + 2 Hkv) K, D), rows q, k, v
  Linear output;                        // (D, H K)
  Linear gate_up;                       // (2 I, D), rows gate, up
  Linear down;                          // (D, I)
};
LlamaBlock llama_block(const LlamaConfig& config, const Layout& layout, const at::Tensor& flat,
                       int64_t layer);

// What a block's backward pass computes again because its forward pass did not keep it.
enum class Recompute {
  none,
  gate_up,    // the gate and up products
  inputs,     // everything but the block's input
  automatic,  // the first of these for which there is memory
};
constexpr auto enum_names(Recompute) { return std::array{"none", "gate_up", "inputs", "auto"}; }

// What a block's backward pass needs of its forward pass besides its input. T tokens; after
// attention N = T, but in the last block N counts only the tokens that positions pool.
struct LlamaSavedActivations {
  Buffer input_rms;         // (T): 1 / rms of the input
  Buffer raw_qk;            // (T, H + Hkv, K) before q/k norm; only with q/k norm
  Buffer q_rms, k_rms;      // (T, H), (T, Hkv)
  Buffer qkv;               // (T, H + 2 Hkv, K) as attention sees them
  Buffer attention_output;  // (T, H, K)
  Buffer logsumexp;         // (T, H): log of the softmax denominators
  Buffer residual;          // (N, D): input + attention
  Buffer residual_rms;      // (N)
  Buffer gate_up;           // (N, 2 I); only with Recompute::none
};

// Working memory that blocks share.
struct LlamaScratch {
  Buffer normed, activated;           // (T, D), (T, I)
  Buffer gate_up;                     // (N, 2 I), where blocks do not keep it
  Buffer pool_input, pool_attention;  // (N, D), (N, H K), last block
  Buffer grad_normed, grad_activated, grad_gate_up, grad_qkv, grad_attention_output,
      grad_pool_attention;
};

// What all blocks of one worker's pass see.
struct LlamaPass {
  const LlamaConfig& config;
  const WorkerTokens& tokens;
  const RopeTable& rope;
  LlamaScratch& scratch;
  at::Tensor input;    // (T, D), of this block
  int64_t window = 0;  // of this layer
  bool last = false;   // this is the last block
  Recompute recompute = Recompute::none;
  int64_t worker = 0;                     // backward: the place in the order
  OrderedReduction* reduction = nullptr;  // backward only

  // Adds to the gradient after the workers before have added the same.
  template <class Addition>
  void add_in_order(const Addition& addition) const {
    reduction->add_in_order(worker, addition);
  }
};

// output (N, D) = block(pass.input) at all tokens, in the last block at the pooled tokens.
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
