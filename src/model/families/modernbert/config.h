// The architecture of ModernBERT, from a Hugging Face config.json.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/json.h"
#include "data/pooling.h"

namespace laurel {

struct ModernBertConfig {
  int64_t vocab_size = 0, hidden_size = 0, intermediate_size = 0, layers = 0, heads = 0;
  int64_t max_positions = 0;
  std::optional<int32_t> pad_id;  // a token whose embedding is not trained
  double norm_eps = 1e-5;
  bool norm_bias = false, attention_bias = false, mlp_bias = false, classifier_bias = false;
  std::vector<bool> local;  // per layer: sees `window`, and rotates by the local base
  int64_t window = 0;       // of local layers: token i sees j iff |i - j| < window
  double global_theta = 160000, local_theta = 10000;
  PoolingRule pooling = PoolingRule::first;  // or mean
  double initializer_range = 0.02;           // standard deviation of new matrices
  double dropout = 0;                        // the largest that it asks for; not applied

  int64_t head_dim() const { return hidden_size / heads; }
};

// Throws Error (model), naming the key, for other activations than the exact GELU, rope types other
// than default, and missing, mistyped or impossible values. Keys that may be absent take the
// defaults of the class in transformers 5.23; both spellings of layers and rope bases are read.
ModernBertConfig modernbert_config(const Json& config, const std::string& where);

// global_rope_theta, local_rope_theta and global_attn_every_n_layers, where the config.json has
// them only as transformers 5 writes them: what transformers 4 reads.
std::vector<std::pair<std::string, Json>> old_modernbert_keys(const ModernBertConfig& config,
                                                              const Json& json);

}  // namespace laurel
