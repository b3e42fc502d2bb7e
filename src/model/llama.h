// The Llama family: its layout, and one block's forward and backward pass over packed tokens.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "data/batch.h"
#include "model/buffer.h"
#include "model/llama_config.h"
#include "model/parameters.h"
#include "ops/linear.h"

namespace laurel {

// Block 0: embedding; blocks 1 .. layers: the layers; the last block: the final norm. lm_head has
// no place here.
Layout llama_layout(const LlamaConfig& config);

// One layer's views of a flat buffer: weights, or the gradient in the same places. Absent parts are
// undefined.
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

// What a block's backward pass needs of its forward pass, T tokens.
struct LlamaKept {
  Buffer input;         // (T, D): the block's input
  Buffer input_rms;     // (T): 1 / rms of it
  Buffer raw_qk;        // (T, H + Hkv, K) before q/k norm; only with q/k norm
  Buffer q_rms, k_rms;  // (T, H), (T, Hkv)
  Buffer qkv;           // (T, H + 2 Hkv, K) as attention sees them
  Buffer attended;      // (T, H, K)
  Buffer log_sum;       // (T, H): log of the softmax denominators
  Buffer middle;        // (T, D): input + attention
  Buffer middle_rms;    // (T)
  Buffer gate_up;       // (T, 2 I)
};

// Working memory that blocks share.
struct LlamaScratch {
  Buffer normed, activated;  // (T, D), (T, I)
  Buffer grad_normed, grad_activated, grad_gate_up, grad_qkv, grad_attended;
};

// What all blocks of one pass see.
struct LlamaPass {
  const LlamaConfig& config;
  const TokenBatch& tokens;
  const RopeTable& rope;
  LlamaScratch& scratch;
  int64_t window = 0;  // of this layer
};

// output (T, D) = block(kept.input); fills the rest of `kept`.
void llama_block_forward(const LlamaPass& pass, const LlamaBlock& weights, LlamaKept& kept,
                         const at::Tensor& output);

// grad (T, D) comes as the gradient of the block's output and becomes that of its input; parameter
// gradients are added to `gradient`.
void llama_block_backward(const LlamaPass& pass, const LlamaBlock& weights, LlamaKept& kept,
                          const LlamaBlock& gradient, const at::Tensor& grad);

}  // namespace laurel
