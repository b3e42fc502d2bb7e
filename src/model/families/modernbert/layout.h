// ModernBERT's flat parameters, and views of them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "model/families/modernbert/config.h"
#include "model/parameter_views.h"
#include "model/parameters.h"
#include "ops/layer_norm.h"
#include "ops/linear.h"

namespace laurel {

inline constexpr const char* kModernBertPrefix = "model.";

// Block 0: embedding and its norm; blocks 1 .. layers: the layers; the last block: the final norm,
// and the classifier's dense layer and norm.
Layout modernbert_layout(const ModernBertConfig& config);

struct ModernBertEnds {
  at::Tensor words;          // (V, D)
  LayerNorm embedding_norm;  // (D)
  LayerNorm final_norm;
  Linear dense;          // (D, D)
  LayerNorm dense_norm;  // of its activation
};
ModernBertEnds modernbert_ends(const Parameters& parameters, ParameterViews::Of of);

// One layer's views of the parameters: weights, or gradients in the same places. Absent parts are
// undefined.
struct ModernBertBlock {
  LayerNorm attention_norm, mlp_norm;  // (D); the first layer has no attention norm
  Linear qkv;                          // (3 D, D), rows q, k, v
  Linear output;                       // (D, D)
  Linear gate_up;                      // (2 I, D): what is activated, then what it gates
  Linear down;                         // (D, I)
};
ModernBertBlock modernbert_block(const Parameters& parameters, ParameterViews::Of of,
                                 int64_t layer);

}  // namespace laurel
