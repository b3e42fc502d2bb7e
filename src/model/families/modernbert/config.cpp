// Reads ModernBERT's config.json; what is not computed exactly is an error.
#include "model/families/modernbert/config.h"

#include <algorithm>

#include "core/str.h"
#include "model/config_reader.h"

namespace laurel {

namespace {

constexpr int64_t kGlobalEvery = 3;

void refuse_other_modernberts(const ConfigReader& config) {
  config.check(!config.has("quantization_config"), "quantization_config",
               "none: weights must be fp32, bf16 or fp16");
  for (const char* const key : {"hidden_activation", "classifier_activation"}) {
    config.check(config.text(key, "gelu") == "gelu", key, "\"gelu\"");
  }
}

void read_modernbert_sizes(const ConfigReader& config, ModernBertConfig& out) {
  const auto size = [&](std::string_view key, int64_t absent, int64_t most) {
    const int64_t value = config.integer(key, absent);
    config.check(value >= 1 && value <= most, key, str("an integer from 1 to ", most));
    return value;
  };
  out.vocab_size = size("vocab_size", 50368, 1 << 24);
  out.hidden_size = size("hidden_size", 768, 1 << 17);
  out.intermediate_size = size("intermediate_size", 1152, 1 << 20);
  out.layers = size("num_hidden_layers", 22, 512);
  out.heads = size("num_attention_heads", 12, 1024);
  out.max_positions = size("max_position_embeddings", 8192, 1 << 24);
  const bool even = out.hidden_size % (2 * out.heads) == 0 && out.head_dim() <= 1024;
  config.check(even, "hidden_size",
               str("a multiple of twice \"num_attention_heads\", ", 2 * out.heads,
                   ", and at most 1024 times them"));
}

void read_modernbert_pad(const ConfigReader& config, ModernBertConfig& out) {
  if (config.contains("pad_token_id") && !config.has("pad_token_id")) return;
  const int64_t pad = config.integer("pad_token_id", 50283);
  config.check(pad >= 0 && pad < out.vocab_size, "pad_token_id",
               str("a token, 0 to ", out.vocab_size - 1));
  out.pad_id = static_cast<int32_t>(pad);
}

// Which layers are local: a list of names, or every n-th layer is global.
void read_modernbert_layers(const ConfigReader& config, ModernBertConfig& out) {
  const int64_t local_attention = config.integer("local_attention", 128);
  config.check(local_attention >= 0, "local_attention", "at least 0");
  out.window = local_attention / 2 + 1;
  out.local.assign(static_cast<size_t>(out.layers), false);
  if (!config.has("layer_types")) {
    const int64_t every = config.integer("global_attn_every_n_layers", kGlobalEvery);
    config.check(every >= 1, "global_attn_every_n_layers", "at least 1");
    for (int64_t layer = 0; layer < out.layers; ++layer) out.local[layer] = layer % every != 0;
    return;
  }
  const Json& types = *config.find("layer_types");
  const bool fits = types.is_array() && static_cast<int64_t>(types.size()) == out.layers;
  config.check(fits, "layer_types", str("a list of ", out.layers, " names, one per layer"));
  for (int64_t layer = 0; layer < out.layers; ++layer) {
    out.local[layer] = types[layer] == "sliding_attention";
    config.check(out.local[layer] || types[layer] == "full_attention", "layer_types",
                 "full_attention or sliding_attention for each layer");
  }
}

double modernbert_theta(const ConfigReader& config, std::string_view key, double absent) {
  config.check(!config.contains(key) || config.has(key), key, "a number above 0");
  const double theta = config.number(key, absent);
  config.check(theta > 0, key, "a number above 0");
  return theta;
}

// The base of one kind of layers: inside rope_parameters, else by its older key.
double read_modernbert_theta(const ConfigReader& config, const char* kind, const char* older,
                             double absent) {
  const double outside = modernbert_theta(config, older, absent);
  if (!config.has("rope_parameters")) return outside;
  const ConfigReader both = config.object("rope_parameters");
  if (!both.has(kind)) return outside;
  const ConfigReader rope = both.object(kind);
  rope.check(rope.text("rope_type", "default") == "default", "rope_type", "\"default\"");
  return modernbert_theta(rope, "rope_theta", outside);
}

void read_modernbert_ropes(const ConfigReader& config, ModernBertConfig& out) {
  config.check(!config.has("rope_scaling"), "rope_scaling", "none");
  out.global_theta = read_modernbert_theta(config, "full_attention", "global_rope_theta", 160000);
  out.local_theta = read_modernbert_theta(config, "sliding_attention", "local_rope_theta", 10000);
}

double read_modernbert_dropout(const ConfigReader& config) {
  double most = 0;
  for (const char* const key :
       {"attention_dropout", "embedding_dropout", "mlp_dropout", "classifier_dropout"}) {
    most = std::max(most, config.number(key, 0));
  }
  return most;
}

}  // namespace

ModernBertConfig modernbert_config(const Json& json, const std::string& where) {
  const ConfigReader config(json, where);
  ModernBertConfig out;
  refuse_other_modernberts(config);
  read_modernbert_sizes(config, out);
  read_modernbert_pad(config, out);
  read_modernbert_layers(config, out);
  read_modernbert_ropes(config, out);
  out.norm_eps = config.number("norm_eps", 1e-5);
  config.check(out.norm_eps > 0 && out.norm_eps < 1, "norm_eps", "a number between 0 and 1");
  out.norm_bias = config.boolean("norm_bias", false);
  out.attention_bias = config.boolean("attention_bias", false);
  out.mlp_bias = config.boolean("mlp_bias", false);
  out.classifier_bias = config.boolean("classifier_bias", false);
  const std::string pooling = config.text("classifier_pooling", "cls");
  config.check(pooling == "cls" || pooling == "mean", "classifier_pooling", "\"cls\" or \"mean\"");
  out.pooling = pooling == "cls" ? PoolingRule::first : PoolingRule::mean;
  out.initializer_range = config.number("initializer_range", 0.02);
  config.check(out.initializer_range >= 0 && out.initializer_range <= 10, "initializer_range",
               "a number from 0 to 10");
  out.dropout = read_modernbert_dropout(config);
  return out;
}

std::vector<std::pair<std::string, Json>> old_modernbert_keys(const ModernBertConfig& config,
                                                              const Json& json) {
  std::vector<std::pair<std::string, Json>> members;
  const auto add = [&](const char* key, const Json& value) {
    if (!json.contains(key)) members.emplace_back(key, value);
  };
  if (json.contains("rope_parameters")) {
    add("global_rope_theta", config.global_theta);
    add("local_rope_theta", config.local_theta);
  }
  if (!json.contains("layer_types")) return members;
  // Only layers of which every n-th is global have such a number.
  for (int64_t every = 1; every <= config.layers; ++every) {
    bool fits = true;
    for (int64_t layer = 0; layer < config.layers; ++layer)
      fits = fits && config.local[layer] == (layer % every != 0);
    if (!fits) continue;
    add("global_attn_every_n_layers", every);
    break;
  }
  return members;
}

}  // namespace laurel
