// The Llama family's architecture (Llama, Mistral, Qwen2, Qwen3), from a Hugging Face config.json.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/json.h"
#include "ops/rope.h"

namespace laurel {

struct LlamaConfig {
  std::string model_type;  // llama, mistral, qwen2, qwen3
  int64_t vocab_size = 0, hidden_size = 0, intermediate_size = 0, layers = 0;
  int64_t heads = 0, kv_heads = 0, head_dim = 0;
  int64_t max_positions = 0;  // max_position_embeddings
  double rms_norm_eps = 1e-6;
  RopeConfig rope;
  bool qkv_bias = false, output_bias = false, mlp_bias = false, qk_norm = false;
  std::vector<int64_t> window;  // per layer: query i sees key j iff i - j < window; 0: no limit
};

std::vector<std::string> llama_model_types();

// `where` names the file in messages. `model_type` is one of these. Throws Error (model), naming
// the key, for an unsupported rope type, activation or option, and for missing, mistyped or
// impossible values. Keys that may be absent take the defaults of the class in transformers 5.23.
LlamaConfig llama_config(const Json& config, const std::string& where);

}  // namespace laurel
