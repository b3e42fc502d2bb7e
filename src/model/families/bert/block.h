// One BERT block, forward and backward over packed tokens.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "model/block_pass.h"
#include "model/buffer.h"
#include "model/families/bert/layout.h"
#include "model/saved_layer_norm.h"

namespace laurel {

// What a block's backward pass needs of its forward pass besides its input. T tokens; after
// attention N = T, but in the last block N counts only the tokens that positions pool.
struct BertSavedActivations {
  Buffer qkv;                     // (T, 3 H, K)
  Buffer attention_output;        // (T, H, K)
  Buffer logsumexp;               // (T, H): log of the softmax denominators
  Buffer attention_sum;           // (N, D): input + attention
  SavedLayerNorm attention_norm;  // of it
  Buffer intermediate;            // (N, I) before the activation; only with Recompute::none
  Buffer output_sum;              // (N, D): that norm's output + MLP
  SavedLayerNorm output_norm;     // of it
};

// Working memory that blocks share.
struct BertScratch {
  Buffer normed, activated;           // (N, D), (N, I)
  Buffer intermediate;                // (N, I), where blocks do not keep it
  Buffer output;                      // (N, D), of a block that is computed again
  Buffer pool_input, pool_attention;  // (N, D), last block
  Buffer grad_normed, grad_activated, grad_intermediate, grad_qkv, grad_attention_output,
      grad_pool_attention;
};

// A block's pass, with what the family adds to it.
struct BertPass {
  const BlockPass& block;
  const BertConfig& config;
  BertScratch& scratch;
};

// output (N, D) = block(pass.block.input) at all tokens, in the last block at the pooled tokens.
// Fills `saved`.
void bert_block_forward(const BertPass& pass, const BertBlock& weights, BertSavedActivations& saved,
                        const at::Tensor& output);

// grad_output (N, D) -> grad_input (T, D), the same tensor but in the last block; grad_output is
// used as scratch. Parameter gradients are added to `gradient`. What was not saved is computed
// again, with the same operations on the same numbers: results are the same bit for bit.
void bert_block_backward(const BertPass& pass, const BertBlock& weights,
                         BertSavedActivations& saved, const BertBlock& gradient,
                         const at::Tensor& grad_output, const at::Tensor& grad_input);

}  // namespace laurel
