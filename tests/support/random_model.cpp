// Draws weights tensor by tensor, so that gaps stay zero.
#include "support/random_model.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/random.h"

namespace laurel {

namespace {

// `unit`: the norm weight that scales by one.
void randomize(ParameterBuffer& buffer, uint64_t seed, double unit = 1) {
  Random random(seed);
  for (const TensorSpec& spec : buffer.layout.tensors) {
    const bool is_norm = spec.name.ends_with("norm.weight") || spec.name.ends_with("Norm.weight");
    const double deviation =
        is_norm ? 0.3 : 1.5 / std::sqrt(static_cast<double>(spec.shape.back()));
    std::vector<double> values(spec.size);
    for (double& value : values) value = (is_norm ? unit : 0) + deviation * random.normal();
    view(buffer.weights, spec).copy_(at::tensor(values, at::kDouble).view(spec.shape));
  }
}

}  // namespace

LlamaConfig small_config(const std::string& model_type) {
  LlamaConfig config{.model_type = model_type,
                     .vocab_size = 31,
                     .hidden_size = 12,
                     .intermediate_size = 10,
                     .layers = 2,
                     .heads = 4,
                     .kv_heads = 2,
                     .head_dim = 6,
                     .max_positions = 64,
                     .rms_norm_eps = 1e-5,
                     .rope = {},
                     .window = {0, 0}};
  if (model_type == "mistral") config.window = {3, 3};
  if (model_type == "qwen2") config.window = {0, 3};
  if (model_type == "qwen2") config.qkv_bias = true;
  if (model_type == "qwen3") config.qk_norm = true;
  return config;
}

GemmaConfig small_gemma(const std::string& model_type) {
  GemmaConfig config{.model_type = model_type,
                     .vocab_size = 31,
                     .hidden_size = 12,
                     .intermediate_size = 10,
                     .layers = 2,
                     .heads = 4,
                     .kv_heads = 2,
                     .head_dim = 6,
                     .max_positions = 64,
                     .rms_norm_eps = 1e-5,
                     .embedding_scale = std::sqrt(12.0),
                     .window = {0, 0},
                     .rope = {},
                     .sliding_rope = {}};
  if (model_type == "gemma") return config;
  config.post_norms = true;
  config.window = {3, 0};
  config.query_scale = .3;
  config.attention_bias = model_type == "gemma2";
  config.soft_cap = model_type == "gemma2" ? 1.5 : 0;
  config.qk_norm = model_type == "gemma3_text";
  if (config.qk_norm) config.rope = {.type = RopeType::linear, .theta = 300, .factor = 3};
  return config;
}

Backbone small_encoder(const std::string& model_type) {
  if (model_type == "modernbert") {
    return ModernBert{{.vocab_size = 31,
                       .hidden_size = 12,
                       .intermediate_size = 10,
                       .layers = 2,
                       .heads = 2,
                       .max_positions = 64,
                       .norm_bias = true,
                       .local = {false, true},
                       .window = 3,
                       .global_theta = 300,
                       .local_theta = 100}};
  }
  BertConfig config{.model_type = model_type,
                    .vocab_size = 31,
                    .hidden_size = 12,
                    .intermediate_size = 10,
                    .layers = 2,
                    .heads = 2,
                    .position_rows = 64,
                    .token_types = 2};
  if (config.is_roberta()) config.pad_id = 30;
  return Bert{config};
}

Backbone small_backbone(const std::string& model_type) {
  if (model_type.find("bert") != std::string::npos) return small_encoder(model_type);
  if (model_type.starts_with("gemma")) return Gemma{small_gemma(model_type)};
  return Llama{small_config(model_type)};
}

RewardModel random_model(const Backbone& backbone, int64_t columns, at::ScalarType type,
                         uint64_t seed) {
  const int64_t width = backbone_info(backbone).hidden_size;
  Parameters parameters{make_parameter_buffer(backbone_layout(backbone), type),
                        make_parameter_buffer(head_layout(columns, width), type)};
  const double unit = std::holds_alternative<Gemma>(backbone) ? 0 : 1;
  for (ParameterBuffer& buffer : parameters.buffers()) {
    randomize(buffer, seed++, unit);
    make_trainable(buffer);
  }
  return {backbone, std::move(parameters)};
}

RewardModel random_model(const LlamaConfig& config, int64_t columns, at::ScalarType type,
                         uint64_t seed) {
  return random_model(Backbone(Llama{config}), columns, type, seed);
}

RewardModel random_model_with_adapters(const Backbone& backbone, const LoraOptions& options,
                                       at::ScalarType type) {
  const auto other = type == at::kBFloat16 ? at::kFloat : type;
  const BackboneInfo info = backbone_info(backbone);
  Layout frozen = backbone_layout(backbone);
  choose_trained(frozen, info, TrainedAdapters{options});
  Parameters parameters{.backbone = make_parameter_buffer(std::move(frozen), type),
                        .head = make_parameter_buffer(head_layout(1, info.hidden_size), other),
                        .adapters = make_parameter_buffer(
                            adapter_layout(backbone_layout(backbone), info.layers, options), other),
                        .adapter_scale = adapter_scale(options)};
  uint64_t seed = 1;
  for (ParameterBuffer& buffer : parameters.buffers()) randomize(buffer, seed++);
  for (ParameterBuffer& buffer : parameters.buffers()) make_trainable(buffer);
  return {backbone, std::move(parameters)};
}

RewardModel with_dropout(RewardModel model, const DropoutOptions& dropout, Recompute recompute) {
  const Backbone backbone = model.backbone();
  return {backbone, std::move(model.parameters()), recompute, dropout};
}

const LlamaConfig& config_of(const RewardModel& model) {
  return std::get<Llama>(model.backbone()).config;
}

std::vector<int32_t> random_ids(int64_t length, int64_t vocab_size, uint64_t seed) {
  Random random(seed);
  std::vector<int32_t> ids(length);
  for (int32_t& id : ids) id = static_cast<int32_t>(random.below(vocab_size));
  return ids;
}

}  // namespace laurel
