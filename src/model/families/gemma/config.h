// The Gemma family's architecture (Gemma, Gemma 2, Gemma 3 text), from a Hugging Face config.json.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "ops/rope.h"

namespace laurel {

struct GemmaConfig {
  std::string model_type;  // gemma, gemma2, gemma3_text
  int64_t vocab_size = 0, hidden_size = 0, intermediate_size = 0, layers = 0;
  int64_t heads = 0, kv_heads = 0, head_dim = 0;
  int64_t max_positions = 0;  // max_position_embeddings
  double rms_norm_eps = 1e-6;
  double embedding_scale = 1;     // before it is rounded to the weights' type
  bool post_norms = false;        // of attention and MLP, before they are added (2 and 3)
  bool qk_norm = false;           // 3
  bool attention_bias = false;    // of q, k, v and o
  double query_scale = 0;         // of q k^T; 0: 1 / sqrt(head_dim)
  double soft_cap = 0;            // attn_logit_softcapping (2); 0: none
  std::vector<int64_t> window;    // per layer: query i sees key j iff i - j < window; 0: all
  RopeConfig rope, sliding_rope;  // of layers without and with a window; differ in 3 only
};

std::vector<std::string> gemma_model_types();

// `where` names the file in messages. `model_type` is one of these. Throws Error (model), naming
// the key, for an unsupported rope type, activation or option, and for mistyped or impossible
// values. Keys that may be absent take the defaults of the class in transformers 5.23.
// final_logit_softcapping is of the language model's logits and never reaches a reward.
GemmaConfig gemma_config(const Json& config, const std::string& where);

// The text part of a Gemma 3 that also reads images: none of another model type. Throws Error
// (model) where it has no text_config.
std::optional<Json> gemma3_text_part(const Json& config, const std::string& where);

}  // namespace laurel
