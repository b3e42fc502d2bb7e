// The Llama family's flat parameters, and a layer's views of them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "model/families/llama/config.h"
#include "model/parameter_views.h"
#include "model/parameters.h"
#include "ops/linear.h"

namespace laurel {

inline constexpr const char* kLlamaPrefix = "model.";
inline constexpr const char* kLlamaEmbedding = "model.embed_tokens.weight";
inline constexpr const char* kLlamaFinalNorm = "model.norm.weight";

// Block 0: embedding; blocks 1 .. layers: the layers; the last block: the final norm. lm_head has
// no place here.
Layout llama_layout(const LlamaConfig& config);

// One layer's views of the parameters: weights, or gradients in the same places. Absent parts are
// undefined.
struct LlamaBlock {
  at::Tensor attention_norm, mlp_norm;  // (D)
  at::Tensor q_norm, k_norm;            // (K)
  Linear qkv;                           // ((H + 2 Hkv) K, D), rows q, k, v
  Linear output;                        // (D, H K)
  Linear gate_up;                       // (2 I, D), rows gate, up
  Linear down;                          // (D, I)
};
LlamaBlock llama_block(const Parameters& parameters, ParameterViews::Of of, int64_t layer);

}  // namespace laurel
