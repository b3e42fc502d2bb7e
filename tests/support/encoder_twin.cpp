// Written from transformers' modeling_bert, modeling_roberta and modeling_modernbert, sharing
// nothing with src/ops and src/model but the weights and the bits of masks.
#include "support/encoder_twin.h"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

#include "core/str.h"

namespace laurel {

EncoderTwin::EncoderTwin(RewardModel& model)
    : backbone_(model.backbone()),
      hidden_size_(backbone_info(backbone_).hidden_size),
      adapter_scale_(model.parameters().adapter_scale) {
  const auto* const bert = std::get_if<Bert>(&backbone_);
  heads_ = bert ? bert->config.heads : std::get<ModernBert>(backbone_).config.heads;
  for (const ParameterBuffer& buffer : model.parameters().buffers()) {
    for (const TensorSpec& spec : buffer.layout.tensors) {
      weights_[spec.name] = view(buffer.weights, spec).clone().requires_grad_();
    }
  }
}

at::Tensor EncoderTwin::drop(const at::Tensor& x, DropoutPlace place, int64_t layer) const {
  return dropped_ ? x * dropped_->mask(place, layer, x.size(1)) : x;
}

at::Tensor EncoderTwin::drop_first(const at::Tensor& x, DropoutPlace place) const {
  return dropped_ ? x * dropped_->mask(place, 0, x.size(0))[0] : x;
}

at::Tensor EncoderTwin::project(const at::Tensor& x, const std::string& name,
                                const std::optional<Place>& place) const {
  at::Tensor y = at::matmul(x, weights_.at(name + ".weight").t());
  const auto bias = weights_.find(name + ".bias");
  if (bias != weights_.end()) y = y + bias->second;
  const auto a = weights_.find(name + ".lora_A.weight");
  if (a == weights_.end()) return y;
  at::Tensor input = x;
  if (dropped_ && place) {
    const auto& [layer, number, first_row] = *place;
    input = x * dropped_->adapter_mask(layer, number, first_row, x.size(1));
  }
  const at::Tensor low = at::matmul(input, a->second.t());
  return y + adapter_scale_ * at::matmul(low, weights_.at(name + ".lora_B.weight").t());
}

at::Tensor EncoderTwin::norm(const at::Tensor& x, const std::string& name, double eps) const {
  const auto bias = weights_.find(name + ".bias");
  return at::layer_norm(x, {x.size(-1)}, weights_.at(name + ".weight"),
                        bias == weights_.end() ? at::Tensor() : bias->second, eps);
}

// q, k, v (heads, T, K); window 0: all tokens see all.
at::Tensor EncoderTwin::attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                               int64_t layer, int64_t window) {
  at::Tensor scores = at::matmul(q, k.transpose(1, 2)) / std::sqrt(static_cast<double>(q.size(2)));
  const at::Tensor place = at::arange(q.size(1), at::kLong);
  const at::Tensor distance = (place.unsqueeze(1) - place.unsqueeze(0)).abs();
  if (window > 0) {
    scores = scores.masked_fill(distance >= window, -std::numeric_limits<double>::infinity());
  }
  at::Tensor probabilities = at::softmax(scores, -1);
  if (dropped_) probabilities = probabilities * dropped_->attention_mask(layer, heads_);
  return at::matmul(probabilities, v).transpose(0, 1).flatten(1);
}

at::Tensor EncoderTwin::bert_block(const at::Tensor& x, int64_t layer) {
  const BertConfig& config = std::get<Bert>(backbone_).config;
  const std::string prefix = str(bert_prefix(config), "encoder.layer.", layer, ".");
  const double eps = config.layer_norm_eps;
  const auto heads = [&](const char* part, int64_t place) {
    return project(x, str(prefix, "attention.self.", part), Place{layer, 0, place * hidden_size_})
        .view({x.size(0), heads_, hidden_size_ / heads_})
        .transpose(0, 1);
  };
  const at::Tensor attended =
      attend(heads("query", 0), heads("key", 1), heads("value", 2), layer, 0);
  const at::Tensor output =
      project(attended, prefix + "attention.output.dense", Place{layer, 1, 0});
  const at::Tensor middle = norm(drop(output, DropoutPlace::attention_output, layer) + x,
                                 prefix + "attention.output.LayerNorm", eps);
  const at::Tensor wide =
      at::gelu(project(middle, prefix + "intermediate.dense", Place{layer, 2, 0}));
  const at::Tensor fed = project(wide, prefix + "output.dense", Place{layer, 3, 0});
  return norm(drop(fed, DropoutPlace::mlp, layer) + middle, prefix + "output.LayerNorm", eps);
}

at::Tensor EncoderTwin::bert_features(const at::Tensor& ids) {
  const BertConfig& config = std::get<Bert>(backbone_).config;
  const std::string prefix = bert_prefix(config) + "embeddings.";
  const int64_t first = config.is_roberta() ? *config.pad_id + 1 : 0;
  at::Tensor x = weights_.at(prefix + "word_embeddings.weight").index_select(0, ids) +
                 weights_.at(prefix + "position_embeddings.weight").narrow(0, first, ids.size(0)) +
                 weights_.at(prefix + "token_type_embeddings.weight")[0];
  x = drop(norm(x, prefix + "LayerNorm", config.layer_norm_eps), DropoutPlace::embedding);
  for (int64_t layer = 0; layer < config.layers; ++layer) x = bert_block(x, layer);
  at::Tensor pooled = x[0];
  if (config.is_roberta()) pooled = drop_first(pooled, DropoutPlace::pooled);
  return at::tanh(project(pooled, bert_pooled_layer(config)));
}

at::Tensor EncoderTwin::modernbert_block(const at::Tensor& x, int64_t layer) {
  const ModernBertConfig& config = std::get<ModernBert>(backbone_).config;
  const std::string prefix = str("model.layers.", layer, ".");
  const bool local = config.local.at(static_cast<size_t>(layer));
  const int64_t width = hidden_size_ / heads_, half = width / 2;
  const at::Tensor exponent = at::arange(half, x.options()) / static_cast<double>(half);
  const at::Tensor angle =
      at::outer(at::arange(x.size(0), x.options()),
                at::pow(local ? config.local_theta : config.global_theta, -exponent));
  const auto turned = [&](const at::Tensor& h) {
    const at::Tensor other = at::cat({-h.narrow(2, half, half), h.narrow(2, 0, half)}, 2);
    return h * at::cat({angle, angle}, 1).cos() + other * at::cat({angle, angle}, 1).sin();
  };
  const at::Tensor normed = layer > 0 ? norm(x, prefix + "attn_norm", config.norm_eps) : x;
  const at::Tensor qkv = project(normed, prefix + "attn.Wqkv", Place{layer, 0, 0})
                             .view({x.size(0), 3, heads_, width})
                             .permute({1, 2, 0, 3});
  const at::Tensor attended =
      attend(turned(qkv[0]), turned(qkv[1]), qkv[2], layer, local ? config.window : 0);
  const at::Tensor middle = x + drop(project(attended, prefix + "attn.Wo", Place{layer, 1, 0}),
                                     DropoutPlace::attention_output, layer);
  const at::Tensor wide = project(norm(middle, prefix + "mlp_norm", config.norm_eps),
                                  prefix + "mlp.Wi", Place{layer, 2, 0});
  const int64_t inner = config.intermediate_size;
  const at::Tensor gated = at::gelu(wide.narrow(1, 0, inner)) * wide.narrow(1, inner, inner);
  return middle +
         project(drop(gated, DropoutPlace::mlp, layer), prefix + "mlp.Wo", Place{layer, 3, 0});
}

at::Tensor EncoderTwin::modernbert_features(const at::Tensor& ids) {
  const ModernBertConfig& config = std::get<ModernBert>(backbone_).config;
  at::Tensor x = weights_.at("model.embeddings.tok_embeddings.weight").index_select(0, ids);
  x = drop(norm(x, "model.embeddings.norm", config.norm_eps), DropoutPlace::embedding);
  for (int64_t layer = 0; layer < config.layers; ++layer) x = modernbert_block(x, layer);
  const at::Tensor pooled = norm(x, "model.final_norm", config.norm_eps)[0];
  return norm(at::gelu(project(pooled, "head.dense")), "head.norm", config.norm_eps);
}

at::Tensor EncoderTwin::rewards(const std::vector<TestGroup>& groups) {
  std::vector<at::Tensor> rewards;
  for (const TestGroup& group : groups) {
    for (const TestResponse& row : group) {
      if (dropped_) dropped_->begin_row(row.ids);
      const at::Tensor ids = at::tensor(row.ids, at::kLong);
      const at::Tensor features =
          std::holds_alternative<Bert>(backbone_) ? bert_features(ids) : modernbert_features(ids);
      rewards.push_back(
          at::matmul(weights_.at("score.weight"), drop_first(features, DropoutPlace::features)));
    }
  }
  return at::stack(rewards);
}

}  // namespace laurel
