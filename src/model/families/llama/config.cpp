// Reads the config.json of the Llama family; options that it cannot compute exactly are errors.
#include "model/families/llama/config.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <array>

#include "core/str.h"
#include "model/config_reader.h"
#include "model/rope_options.h"

namespace laurel {

namespace {

// What the classes of transformers 5.23 assume where a key is absent.
struct FamilyDefaults {
  const char* model_type;
  int64_t kv_heads;  // 0: as many as heads
  int64_t head_dim;  // 0: hidden_size / num_attention_heads
  int64_t max_positions;
};
constexpr std::array kFamilies = {
    FamilyDefaults{"llama", 0, 0, 2048},
    FamilyDefaults{"mistral", 8, 0, 131072},
    FamilyDefaults{"qwen2", 32, 0, 32768},
    FamilyDefaults{"qwen3", 32, 128, 32768},
};

const FamilyDefaults& family_of(const ConfigReader& config) {
  const std::string type = config.text("model_type");
  const auto found = std::ranges::find_if(
      kFamilies, [&](const FamilyDefaults& family) { return type == family.model_type; });
  TORCH_INTERNAL_ASSERT(found != kFamilies.end(), type);
  return *found;
}

int64_t in_range(const ConfigReader& config, std::string_view key, int64_t value, int64_t most) {
  config.check(value >= 1 && value <= most, key, str("an integer from 1 to ", most));
  return value;
}

// Options that would change the model's results in a way this family does not compute.
void refuse_unsupported(const ConfigReader& config) {
  config.check(config.text("hidden_act", "silu") == "silu", "hidden_act", "\"silu\"");
  config.check(config.boolean("is_causal", true), "is_causal", "true");
  config.check(!config.boolean("use_bidirectional_attention", false), "use_bidirectional_attention",
               "false");
}

void read_sizes(const ConfigReader& config, const FamilyDefaults& family, LlamaConfig& out) {
  const auto size = [&](std::string_view key, int64_t most) {
    return in_range(config, key, config.integer(key), most);
  };
  out.vocab_size = size("vocab_size", 1 << 24);
  out.hidden_size = size("hidden_size", 1 << 17);
  out.intermediate_size = size("intermediate_size", 1 << 20);
  out.layers = size("num_hidden_layers", 512);
  out.heads = size("num_attention_heads", 1024);
  // Key/value heads: null means one per query head; absent, the family's default.
  const bool absent = !config.contains("num_key_value_heads");
  out.kv_heads = config.integer("num_key_value_heads",
                                absent && family.kv_heads > 0 ? family.kv_heads : out.heads);
  config.check(out.kv_heads >= 1 && out.heads % out.kv_heads == 0, "num_key_value_heads",
               str("a divisor of \"num_attention_heads\", ", out.heads));
  if (!config.has("head_dim") && family.head_dim == 0) {
    config.check(out.hidden_size % out.heads == 0, "hidden_size",
                 str("a multiple of \"num_attention_heads\", ", out.heads,
                     ", where \"head_dim\" is absent"));
  }
  out.head_dim = config.integer(
      "head_dim", family.head_dim > 0 ? family.head_dim : out.hidden_size / out.heads);
  config.check(out.head_dim >= 2 && out.head_dim <= 1024 && out.head_dim % 2 == 0, "head_dim",
               "an even number from 2 to 1024");
  out.max_positions = config.integer("max_position_embeddings", family.max_positions);
  config.check(out.max_positions >= 1, "max_position_embeddings", "at least 1");
  out.rms_norm_eps = config.number("rms_norm_eps", 1e-6);
  config.check(out.rms_norm_eps > 0 && out.rms_norm_eps < 1, "rms_norm_eps",
               "a number between 0 and 1");
}

void read_biases(const ConfigReader& config, LlamaConfig& out) {
  const bool is_qwen2 = out.model_type == "qwen2";
  const bool has_option = out.model_type == "llama" || out.model_type == "qwen3";
  const bool attention_bias = has_option && config.boolean("attention_bias", false);
  out.qkv_bias = is_qwen2 || attention_bias;
  out.output_bias = attention_bias;
  out.mlp_bias = out.model_type == "llama" && config.boolean("mlp_bias", false);
  out.qk_norm = out.model_type == "qwen3";
}

// The sliding window's size where the config turns it on, else 0.
int64_t read_window(const ConfigReader& config, const LlamaConfig& out) {
  if (out.model_type == "llama") return 0;
  const bool is_mistral = out.model_type == "mistral";
  if (!is_mistral && !config.boolean("use_sliding_window", false)) return 0;
  if (config.contains("sliding_window") && !config.has("sliding_window")) return 0;
  const int64_t window = config.integer("sliding_window", 4096);
  config.check(window >= 1, "sliding_window", "null or at least 1");
  return window;
}

void read_layer_types(const ConfigReader& config, int64_t window, LlamaConfig& out) {
  const Json& types = *config.find("layer_types");
  const bool fits = types.is_array() && static_cast<int64_t>(types.size()) == out.layers;
  config.check(fits, "layer_types", str("a list of ", out.layers, " names, one per layer"));
  const bool chooses = out.model_type == "qwen2" || out.model_type == "qwen3";
  for (int64_t layer = 0; layer < out.layers; ++layer) {
    const bool slides = types[layer] == "sliding_attention";
    config.check(slides || types[layer] == "full_attention", "layer_types",
                 "full_attention or sliding_attention for each layer");
    config.check(!slides || window > 0, "layer_types",
                 "no sliding_attention where no sliding window is turned on");
    config.check(chooses || slides == (window > 0), "layer_types",
                 str("what transformers computes for ", out.model_type,
                     ": one kind for all layers, sliding where \"sliding_window\" is set"));
    out.window[layer] = slides ? window : 0;
  }
}

void read_windows(const ConfigReader& config, LlamaConfig& out) {
  const int64_t window = read_window(config, out);
  const bool is_qwen = out.model_type == "qwen2" || out.model_type == "qwen3";
  const int64_t first = is_qwen ? config.integer("max_window_layers", 28) : 0;
  out.window.assign(out.layers, 0);
  for (int64_t layer = std::max<int64_t>(0, first); layer < out.layers; ++layer) {
    out.window[layer] = window;
  }
  if (config.has("layer_types")) read_layer_types(config, window, out);
}

}  // namespace

std::vector<std::string> llama_model_types() {
  std::vector<std::string> types;
  for (const FamilyDefaults& family : kFamilies) types.emplace_back(family.model_type);
  return types;
}

LlamaConfig llama_config(const Json& json, const std::string& where) {
  const ConfigReader config(json, where);
  const FamilyDefaults& family = family_of(config);
  LlamaConfig out;
  out.model_type = family.model_type;
  refuse_unsupported(config);
  read_sizes(config, family, out);
  read_biases(config, out);
  read_windows(config, out);
  out.rope = rope_options(
      config, {.max_positions = static_cast<double>(out.max_positions), .head_dim = out.head_dim});
  return out;
}

}  // namespace laurel
