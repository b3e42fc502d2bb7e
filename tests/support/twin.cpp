// Written from the papers' formulas, sharing nothing with src/ops and src/model but the weights.
#include "support/twin.h"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "core/str.h"

namespace laurel {

namespace {

std::string in_layer(int64_t layer, const char* part) {
  return str("model.layers.", layer, ".", part);
}

}  // namespace

Twin::Twin(RewardModel& model)
    : config_(std::get<Llama>(model.backbone()).config),
      adapter_scale_(model.parameters().adapter_scale) {
  for (const ParameterBuffer& buffer : model.parameters().buffers()) {
    for (const TensorSpec& spec : buffer.layout.tensors) {
      weights_[spec.name] = view(buffer.weights, spec).clone().requires_grad_();
    }
  }
}

// `part`: "self_attn.q_proj".
at::Tensor Twin::project(const at::Tensor& x, int64_t layer, const std::string& part) const {
  const std::string name = in_layer(layer, part.c_str());
  at::Tensor y = at::matmul(x, weights_.at(name + ".weight").t());
  const auto bias = weights_.find(name + ".bias");
  if (bias != weights_.end()) y = y + bias->second;
  const auto a = weights_.find(name + ".lora_A.weight");
  if (a == weights_.end()) return y;
  at::Tensor input = x;
  if (dropped_) {
    const int64_t q = config_.heads * config_.head_dim, k = config_.kv_heads * config_.head_dim;
    const auto [number, first_row] = std::map<std::string, std::pair<uint64_t, int64_t>>{
        {"self_attn.q_proj", {0, 0}},     {"self_attn.k_proj", {0, q}},
        {"self_attn.v_proj", {0, q + k}}, {"self_attn.o_proj", {1, 0}},
        {"mlp.gate_proj", {2, 0}},        {"mlp.up_proj", {2, config_.intermediate_size}},
        {"mlp.down_proj", {3, 0}}}.at(part);
    input = x * dropped_->adapter_mask(layer, number, first_row, x.size(1));
  }
  const at::Tensor low = at::matmul(input, a->second.t());
  return y + adapter_scale_ * at::matmul(low, weights_.at(name + ".lora_B.weight").t());
}

at::Tensor Twin::norm(const at::Tensor& x, const std::string& name) const {
  const at::Tensor variance = x.square().mean({-1}, true);
  return x * at::rsqrt(variance + config_.rms_norm_eps) * weights_.at(name);
}

// x (heads, T, K), positions 0 .. T-1.
at::Tensor Twin::rotate(const at::Tensor& x) const {
  const int64_t half = config_.head_dim / 2;
  const RopeConfig& rope = config_.rope;
  std::vector<double> frequencies;
  for (int64_t i = 0; i < half; ++i) {
    double f = 1 / std::pow(rope.theta, static_cast<double>(i) / static_cast<double>(half));
    if (rope.type == RopeType::linear) f /= rope.factor;
    if (rope.type == RopeType::llama3) {
      const double wavelength = 2 * std::numbers::pi / f;
      const double old = rope.original_max_positions;
      const double s = (old / wavelength - rope.low_freq_factor) /
                       (rope.high_freq_factor - rope.low_freq_factor);
      if (wavelength > old / rope.low_freq_factor)
        f /= rope.factor;
      else if (wavelength >= old / rope.high_freq_factor)
        f = (1 - s) * f / rope.factor + s * f;
    }
    frequencies.push_back(f);
  }
  const at::Tensor angle =
      at::outer(at::arange(x.size(1), x.options()), at::tensor(frequencies, x.options()));
  const at::Tensor cos = at::cat({angle, angle}, 1).cos();
  const at::Tensor sin = at::cat({angle, angle}, 1).sin();
  const at::Tensor turned = at::cat({-x.narrow(2, half, half), x.narrow(2, 0, half)}, 2);
  return x * cos + turned * sin;
}

at::Tensor Twin::attention(const at::Tensor& x, int64_t layer) {
  const auto heads = [&](const char* part, int64_t count) {
    return project(x, layer, part).view({x.size(0), count, config_.head_dim});
  };
  at::Tensor q = heads("self_attn.q_proj", config_.heads);
  at::Tensor k = heads("self_attn.k_proj", config_.kv_heads);
  at::Tensor v = heads("self_attn.v_proj", config_.kv_heads).transpose(0, 1);
  if (config_.qk_norm) {
    q = norm(q, in_layer(layer, "self_attn.q_norm.weight"));
    k = norm(k, in_layer(layer, "self_attn.k_norm.weight"));
  }
  q = rotate(q.transpose(0, 1));
  const int64_t repeats = config_.heads / config_.kv_heads;
  k = rotate(k.transpose(0, 1)).repeat_interleave(repeats, 0);
  v = v.repeat_interleave(repeats, 0);
  const at::Tensor place = at::arange(x.size(0), at::kLong);
  const at::Tensor distance = place.unsqueeze(1) - place.unsqueeze(0);
  at::Tensor hidden = distance < 0;
  if (config_.window.at(layer) > 0) hidden = hidden | (distance >= config_.window.at(layer));
  const at::Tensor scores =
      at::matmul(q, k.transpose(1, 2)) / std::sqrt(static_cast<double>(config_.head_dim));
  const at::Tensor masked = scores.masked_fill(hidden, -std::numeric_limits<double>::infinity());
  at::Tensor probabilities = at::softmax(masked, -1);
  if (dropped_) probabilities = probabilities * dropped_->attention_mask(layer, config_.heads);
  return at::matmul(probabilities, v).transpose(0, 1).flatten(1);
}

at::Tensor Twin::block(const at::Tensor& x, int64_t layer) {
  const auto name = [&](const char* part) { return in_layer(layer, part); };
  const at::Tensor attended = attention(norm(x, name("input_layernorm.weight")), layer);
  const at::Tensor middle = x + project(attended, layer, "self_attn.o_proj");
  const at::Tensor normed = norm(middle, name("post_attention_layernorm.weight"));
  const at::Tensor gate = project(normed, layer, "mlp.gate_proj");
  const at::Tensor activated = at::silu(gate) * project(normed, layer, "mlp.up_proj");
  return middle + project(activated, layer, "mlp.down_proj");
}

at::Tensor Twin::rewards(const std::vector<TestGroup>& groups) {
  std::vector<at::Tensor> rewards;
  for (const TestGroup& group : groups) {
    for (const TestResponse& row : group) {
      const auto length = static_cast<int32_t>(row.ids.size());
      const PoolRange pool = row.pool.value_or(PoolRange{length - 1, length});
      if (dropped_) dropped_->begin_row(row.ids);
      at::Tensor x =
          weights_.at("model.embed_tokens.weight").index_select(0, at::tensor(row.ids, at::kInt));
      for (int64_t layer = 0; layer < config_.layers; ++layer) x = block(x, layer);
      x = norm(x, "model.norm.weight").narrow(0, pool.begin, pool.end - pool.begin).mean(0);
      rewards.push_back(at::matmul(weights_.at("score.weight"), x));
    }
  }
  return at::stack(rewards);
}

}  // namespace laurel
