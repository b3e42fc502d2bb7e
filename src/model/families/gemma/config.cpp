// Reads the config.json of the Gemma family; options that it cannot compute exactly are errors.
#include "model/families/gemma/config.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/str.h"
#include "model/config_reader.h"
#include "model/families/gemma/rope.h"
#include "model/rope_options.h"

namespace laurel {

namespace {

// What the classes of transformers 5.23 assume where a key is absent.
struct GemmaDefaults {
  const char* model_type;
  int64_t vocab_size, hidden_size, intermediate_size, layers, heads, kv_heads, max_positions;
  int64_t pattern;  // every so many layers one without a window; 0: no windows
};
constexpr std::array kGemmas = {
    GemmaDefaults{"gemma", 256000, 3072, 24576, 28, 16, 16, 8192, 0},
    GemmaDefaults{"gemma2", 256000, 2304, 9216, 26, 8, 4, 8192, 2},
    GemmaDefaults{"gemma3_text", 262208, 2304, 9216, 26, 8, 4, 131072, 6},
};

const GemmaDefaults& gemma_of(const ConfigReader& config) {
  const std::string type = config.text("model_type");
  const auto found = std::ranges::find_if(
      kGemmas, [&](const GemmaDefaults& gemma) { return type == gemma.model_type; });
  TORCH_INTERNAL_ASSERT(found != kGemmas.end(), type);
  return *found;
}

// Options that would change the model's results in a way this family does not compute.
void refuse_other_models(const ConfigReader& config, const std::string& model_type) {
  config.check(!config.has("quantization_config"), "quantization_config",
               "none: weights must be fp32, bf16 or fp16");
  config.check(config.boolean("is_causal", true), "is_causal", "true");
  config.check(!config.boolean("use_bidirectional_attention", false), "use_bidirectional_attention",
               "false");
  const std::string tanh = "gelu_pytorch_tanh";
  const bool is_first = model_type == "gemma";
  // What the first releases call "gelu" is meant to be the approximation.
  const std::string act = is_first ? config.text("hidden_act", tanh) : tanh;
  config.check(act == tanh || act == "gelu", "hidden_act", str("\"", tanh, "\" or \"gelu\""));
  config.check(config.text("hidden_activation", tanh) == tanh, "hidden_activation",
               str("\"", tanh, "\""));
}

void read_gemma_sizes(const ConfigReader& config, const GemmaDefaults& gemma, GemmaConfig& out) {
  const auto size = [&](std::string_view key, int64_t absent, int64_t most) {
    const int64_t value = config.integer(key, absent);
    config.check(value >= 1 && value <= most, key, str("an integer from 1 to ", most));
    return value;
  };
  out.vocab_size = size("vocab_size", gemma.vocab_size, 1 << 24);
  out.hidden_size = size("hidden_size", gemma.hidden_size, 1 << 17);
  out.intermediate_size = size("intermediate_size", gemma.intermediate_size, 1 << 20);
  out.layers = size("num_hidden_layers", gemma.layers, 512);
  out.heads = size("num_attention_heads", gemma.heads, 1024);
  out.kv_heads = size("num_key_value_heads", gemma.kv_heads, 1024);
  config.check(out.heads % out.kv_heads == 0, "num_key_value_heads",
               str("a divisor of \"num_attention_heads\", ", out.heads));
  out.head_dim = size("head_dim", 256, 1024);
  config.check(out.head_dim % 2 == 0, "head_dim", "an even number from 2 to 1024");
  out.max_positions = size("max_position_embeddings", gemma.max_positions, int64_t{1} << 32);
  out.rms_norm_eps = config.number("rms_norm_eps", 1e-6);
  config.check(out.rms_norm_eps > 0 && out.rms_norm_eps < 1, "rms_norm_eps",
               "a number between 0 and 1");
  out.embedding_scale = std::sqrt(static_cast<double>(out.hidden_size));
}

void read_scores(const ConfigReader& config, GemmaConfig& out) {
  if (out.model_type == "gemma") return;
  const double scalar = config.number("query_pre_attn_scalar", 256);
  config.check(scalar > 0, "query_pre_attn_scalar", "a number above 0");
  out.query_scale = 1 / std::sqrt(scalar);
  const std::string_view cap = "attn_logit_softcapping";
  if (out.model_type == "gemma3_text") {
    config.check(!config.has(cap), cap,
                 "null, as transformers computes Gemma 3 without a soft cap");
    return;
  }
  const bool is_null = config.contains(cap) && !config.has(cap);
  out.soft_cap = is_null ? 0 : config.number(cap, 50);
  config.check(is_null || out.soft_cap > 0, cap, "null or a number above 0");
}

// Whether each layer has a window.
std::vector<bool> sliding_layers(const ConfigReader& config, int64_t pattern, int64_t layers) {
  std::vector<bool> slides(layers);
  const Json* const types = config.find("layer_types");
  if (types == nullptr) {
    for (int64_t layer = 0; layer < layers; ++layer) slides[layer] = (layer + 1) % pattern != 0;
    return slides;
  }
  const bool fits = types->is_array() && static_cast<int64_t>(types->size()) == layers;
  config.check(fits, "layer_types", str("a list of ", layers, " names, one per layer"));
  for (int64_t layer = 0; layer < layers; ++layer) {
    slides[layer] = (*types)[layer] == "sliding_attention";
    config.check(slides[layer] || (*types)[layer] == "full_attention", "layer_types",
                 "full_attention or sliding_attention for each layer");
  }
  return slides;
}

void read_gemma_windows(const ConfigReader& config, const GemmaDefaults& gemma, GemmaConfig& out) {
  out.window.assign(out.layers, 0);
  if (gemma.pattern == 0) return;
  int64_t pattern = gemma.pattern;
  if (out.model_type == "gemma3_text") pattern = config.integer("sliding_window_pattern", pattern);
  config.check(pattern >= 1, "sliding_window_pattern", "at least 1");
  const std::vector<bool> slides = sliding_layers(config, pattern, out.layers);
  if (std::ranges::find(slides, true) == slides.end()) return;
  const bool is_null = config.contains("sliding_window") && !config.has("sliding_window");
  const int64_t window = is_null ? 0 : config.integer("sliding_window", 4096);
  config.check(window >= 1, "sliding_window", "at least 1, as some layers have sliding_attention");
  for (int64_t layer = 0; layer < out.layers; ++layer)
    out.window[layer] = slides[layer] ? window : 0;
}

void read_ropes(const ConfigReader& config, GemmaConfig& out) {
  const RopeShape shape{.max_positions = static_cast<double>(out.max_positions),
                        .head_dim = out.head_dim,
                        .stretches = false};
  if (out.model_type == "gemma3_text") {
    out.rope = gemma3_rope(config, Gemma3Rope::full, shape);
    out.sliding_rope = gemma3_rope(config, Gemma3Rope::sliding, shape);
  } else {
    out.rope = out.sliding_rope = rope_options(config, shape);
  }
}

}  // namespace

std::vector<std::string> gemma_model_types() {
  std::vector<std::string> types;
  for (const GemmaDefaults& gemma : kGemmas) types.emplace_back(gemma.model_type);
  return types;
}

std::optional<Json> gemma3_text_part(const Json& json, const std::string& where) {
  const ConfigReader config(json, where);
  const Json* const type = config.find("model_type");
  if (type == nullptr || *type != "gemma3") return std::nullopt;
  config.check(config.has("text_config") && config.find("text_config")->is_object(), "text_config",
               "an object: the model without images");
  Json text = *config.find("text_config");
  text["model_type"] = "gemma3_text";
  // What the outer config says of the whole.
  for (const char* const key : {"bos_token_id", "eos_token_id", "pad_token_id", "dtype",
                                "torch_dtype", "architectures", "quantization_config"}) {
    if (config.has(key) && !text.contains(key)) text[key] = *config.find(key);
  }
  return text;
}

GemmaConfig gemma_config(const Json& json, const std::string& where) {
  const ConfigReader config(json, where);
  const GemmaDefaults& gemma = gemma_of(config);
  GemmaConfig out;
  out.model_type = gemma.model_type;
  refuse_other_models(config, out.model_type);
  read_gemma_sizes(config, gemma, out);
  out.post_norms = out.model_type != "gemma";
  out.qk_norm = out.model_type == "gemma3_text";
  out.attention_bias = config.boolean("attention_bias", false);
  read_scores(config, out);
  read_gemma_windows(config, gemma, out);
  read_ropes(config, out);
  return out;
}

}  // namespace laurel
