// The Gemma family's flat parameters, and a layer's views of them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "model/families/gemma/config.h"
#include "model/parameter_views.h"
#include "model/parameters.h"
#include "ops/linear.h"

namespace laurel {

inline constexpr const char* kGemmaPrefix = "model.";
inline constexpr const char* kGemmaEmbedding = "model.embed_tokens.weight";
inline constexpr const char* kGemmaFinalNorm = "model.norm.weight";

// Block 0: embedding; blocks 1 .. layers: the layers; the last block: the final norm. lm_head has
// no place here.
Layout gemma_layout(const GemmaConfig& config);

// One layer's views of the parameters: weights, or gradients in the same places. Norm weights are
// what is added to one. Absent parts are undefined.
struct GemmaBlock {
  at::Tensor attention_norm, attention_post_norm;  // (D)
  at::Tensor mlp_norm, mlp_post_norm;              // (D)
  at::Tensor q_norm, k_norm;                       // (K)
  Linear qkv;                                      // ((H + 2 G) K, D), rows q, k, v
  Linear output;                                   // (D, H K)
  Linear gate_up;                                  // (2 I, D), rows gate, up
  Linear down;                                     // (D, I)
};
GemmaBlock gemma_block(const GemmaConfig& config, const Parameters& parameters,
                       ParameterViews::Of of, int64_t layer);

}  // namespace laurel
