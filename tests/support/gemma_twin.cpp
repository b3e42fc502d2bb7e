// Written from the formulas of Gemma 1, 2 and 3 as transformers computes them, sharing nothing with
// src/ops and src/model but the weights.
#include "support/gemma_twin.h"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

#include "core/str.h"

namespace laurel {

GemmaTwin::GemmaTwin(RewardModel& model, std::string gelu)
    : config_(std::get<Gemma>(model.backbone()).config),
      gelu_(std::move(gelu)),
      adapter_scale_(model.parameters().adapter_scale) {
  for (const ParameterBuffer& buffer : model.parameters().buffers()) {
    for (const TensorSpec& spec : buffer.layout.tensors) {
      weights_[spec.name] = view(buffer.weights, spec).clone().requires_grad_();
    }
  }
}

at::Tensor GemmaTwin::project(const at::Tensor& x, const std::string& name) const {
  at::Tensor y = at::matmul(x, weights_.at(name + ".weight").t());
  const auto bias = weights_.find(name + ".bias");
  if (bias != weights_.end()) y = y + bias->second;
  const auto a = weights_.find(name + ".lora_A.weight");
  if (a == weights_.end()) return y;
  const at::Tensor low = at::matmul(x, a->second.t());
  return y + adapter_scale_ * at::matmul(low, weights_.at(name + ".lora_B.weight").t());
}

at::Tensor GemmaTwin::norm(const at::Tensor& x, const std::string& name) const {
  const at::Tensor variance = x.square().mean({-1}, true);
  return x * at::rsqrt(variance + config_.rms_norm_eps) * (1 + weights_.at(name + ".weight"));
}

// x (heads, T, K), positions 0 .. T-1.
at::Tensor GemmaTwin::rotate(const at::Tensor& x, const RopeConfig& rope) const {
  const int64_t half = config_.head_dim / 2;
  const at::Tensor place =
      at::arange(x.size(1), x.options()) / (rope.type == RopeType::linear ? rope.factor : 1);
  const at::Tensor exponent = at::arange(half, x.options()) / static_cast<double>(half);
  const at::Tensor angle = at::outer(place, at::pow(rope.theta, -exponent));
  const at::Tensor cos = at::cat({angle, angle}, 1).cos();
  const at::Tensor sin = at::cat({angle, angle}, 1).sin();
  return x * cos + at::cat({-x.narrow(2, half, half), x.narrow(2, 0, half)}, 2) * sin;
}

at::Tensor GemmaTwin::attention(const at::Tensor& x, int64_t layer) {
  const std::string prefix = str("model.layers.", layer, ".self_attn.");
  const int64_t window = config_.window.at(layer);
  const RopeConfig& rope = window > 0 ? config_.sliding_rope : config_.rope;
  const auto heads = [&](const char* part, int64_t count) {
    return project(x, str(prefix, part, "_proj")).view({x.size(0), count, config_.head_dim});
  };
  at::Tensor q = heads("q", config_.heads), k = heads("k", config_.kv_heads);
  if (config_.qk_norm) {
    q = norm(q, prefix + "q_norm");
    k = norm(k, prefix + "k_norm");
  }
  const int64_t repeats = config_.heads / config_.kv_heads;
  q = rotate(q.transpose(0, 1), rope);
  k = rotate(k.transpose(0, 1), rope).repeat_interleave(repeats, 0);
  const at::Tensor v = heads("v", config_.kv_heads).transpose(0, 1).repeat_interleave(repeats, 0);
  const double scale = config_.query_scale > 0
                           ? config_.query_scale
                           : 1 / std::sqrt(static_cast<double>(config_.head_dim));
  at::Tensor scores = at::matmul(q, k.transpose(1, 2)) * scale;
  if (config_.soft_cap > 0) scores = config_.soft_cap * at::tanh(scores / config_.soft_cap);
  const at::Tensor place = at::arange(x.size(0), at::kLong);
  const at::Tensor distance = place.unsqueeze(1) - place.unsqueeze(0);
  at::Tensor hidden = distance < 0;
  if (window > 0) hidden = hidden | (distance >= window);
  scores = scores.masked_fill(hidden, -std::numeric_limits<double>::infinity());
  at::Tensor probabilities = at::softmax(scores, -1);
  if (dropped_) probabilities = probabilities * dropped_->attention_mask(layer, config_.heads);
  const at::Tensor mixed = at::matmul(probabilities, v).transpose(0, 1).flatten(1);
  return project(mixed, prefix + "o_proj");
}

at::Tensor GemmaTwin::block(const at::Tensor& x, int64_t layer) {
  const auto name = [&](const char* part) { return str("model.layers.", layer, ".", part); };
  const bool post = config_.post_norms;
  at::Tensor attended = attention(norm(x, name("input_layernorm")), layer);
  if (post) attended = norm(attended, name("post_attention_layernorm"));
  const at::Tensor middle = x + attended;
  const at::Tensor normed =
      norm(middle, name(post ? "pre_feedforward_layernorm" : "post_attention_layernorm"));
  const at::Tensor gate = at::gelu(project(normed, name("mlp.gate_proj")), gelu_);
  at::Tensor fed = project(gate * project(normed, name("mlp.up_proj")), name("mlp.down_proj"));
  if (post) fed = norm(fed, name("post_feedforward_layernorm"));
  return middle + fed;
}

at::Tensor GemmaTwin::rewards(const std::vector<TestGroup>& groups) {
  std::vector<at::Tensor> rewards;
  for (const TestGroup& group : groups) {
    for (const TestResponse& row : group) {
      const auto length = static_cast<int32_t>(row.ids.size());
      const PoolRange pool = row.pool.value_or(PoolRange{length - 1, length});
      const at::Tensor ids = at::tensor(row.ids, at::kInt);
      if (dropped_) dropped_->begin_row(row.ids);
      at::Tensor x = weights_.at("model.embed_tokens.weight").index_select(0, ids) *
                     std::sqrt(static_cast<double>(config_.hidden_size));
      for (int64_t layer = 0; layer < config_.layers; ++layer) x = block(x, layer);
      x = norm(x, "model.norm").narrow(0, pool.begin, pool.end - pool.begin).mean(0);
      rewards.push_back(at::matmul(weights_.at("score.weight"), x));
    }
  }
  return at::stack(rewards);
}

}  // namespace laurel
