// Walks the blocks forward and in reverse; on one device every block is always at hand.
#include "model/reward_model.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "ops/embedding.h"
#include "ops/norm.h"

namespace laurel {

RewardModel::RewardModel(LlamaConfig config, Parameters parameters)
    : config_(std::move(config)),
      parameters_(std::move(parameters)),
      kept_(config_.layers),
      spare_(2) {
  TORCH_INTERNAL_ASSERT(parameters_.stores.size() >= 2);
}

void RewardModel::begin(const TokenBatch& tokens) {
  const int64_t count = tokens.ids.size(0);
  int64_t covered = 0;
  for (const Span& span : tokens.plan.spans) covered += span.length;
  TORCH_INTERNAL_ASSERT(covered == count, "every token belongs to one span");
  const int64_t positions = count == 0 ? 0 : tokens.positions.max().item<int32_t>() + int64_t{1};
  if (!rope_.cos.defined() || rope_.cos.size(0) < positions) {
    rope_ = rope_table(config_.rope, config_.head_dim, std::max<int64_t>(positions, 512),
                       parameters_.backbone().weights.scalar_type());
  }
}

LlamaPass RewardModel::pass(const TokenBatch& tokens, int64_t layer) {
  return {config_, tokens, rope_, scratch_, config_.window.at(layer)};
}

HeadBlock RewardModel::head_block(bool gradient) {
  const Store& backbone = parameters_.backbone();
  const Store& head = parameters_.head();
  return {view(gradient ? backbone.gradient : backbone.weights,
               backbone.layout.at("model.norm.weight")),
          view(gradient ? head.gradient : head.weights, head.layout.at("score.weight"))};
}

// Embedding and layers; layer i keeps what backward needs in kept[i], modulo their number. (T, D)
at::Tensor RewardModel::run_blocks(const TokenBatch& tokens, std::span<LlamaKept> all_kept) {
  const auto kept = [&](int64_t layer) -> LlamaKept& { return all_kept[layer % all_kept.size()]; };
  const Store& backbone = parameters_.backbone();
  const auto type = backbone.weights.scalar_type();
  const std::vector<int64_t> shape{tokens.ids.size(0), config_.hidden_size};
  at::Tensor hidden = kept(0).input.take(shape, type);
  parameters_.use(0);
  embedding_forward(
      tokens.ids, view(backbone.weights, backbone.layout.at("model.embed_tokens.weight")), hidden);
  parameters_.release(0);
  for (int64_t layer = 0; layer < config_.layers; ++layer) {
    const auto block = static_cast<int32_t>(layer) + 1;
    const bool last = layer + 1 == config_.layers;
    at::Tensor output = (last ? hidden_ : kept(layer + 1).input).take(shape, type);
    parameters_.use(block);
    llama_block_forward(pass(tokens, layer),
                        llama_block(config_, backbone.layout, backbone.weights, layer), kept(layer),
                        output);
    parameters_.release(block);
    hidden = output;
  }
  return hidden;
}

at::Tensor RewardModel::finish(const TokenBatch& tokens, const at::Tensor& hidden) {
  const auto block = static_cast<int32_t>(config_.layers) + 1;
  parameters_.use(block);
  at::Tensor rewards = head_forward(hidden, tokens, head_block(false), config_.rms_norm_eps, head_);
  parameters_.release(block);
  return rewards;
}

at::Tensor RewardModel::forward(const TokenBatch& tokens) {
  const at::NoGradGuard no_grad;
  begin(tokens);
  return finish(tokens, run_blocks(tokens, kept_));
}

at::Tensor RewardModel::score(const TokenBatch& tokens) {
  const at::NoGradGuard no_grad;
  begin(tokens);
  return finish(tokens, run_blocks(tokens, spare_));
}

void RewardModel::backward(const TokenBatch& tokens, const at::Tensor& grad_rewards) {
  const at::NoGradGuard no_grad;
  const Store& backbone = parameters_.backbone();
  const auto last = static_cast<int32_t>(config_.layers) + 1;
  at::Tensor grad =
      grad_.take({tokens.ids.size(0), config_.hidden_size}, backbone.weights.scalar_type());
  parameters_.use(last);
  head_backward(grad_rewards, tokens, head_block(false), head_, head_block(true), grad);
  parameters_.release(last);
  parameters_.gradient_ready(last);
  for (int64_t layer = config_.layers - 1; layer >= 0; --layer) {
    const auto block = static_cast<int32_t>(layer) + 1;
    parameters_.use(block);
    llama_block_backward(
        pass(tokens, layer), llama_block(config_, backbone.layout, backbone.weights, layer),
        kept_[layer], llama_block(config_, backbone.layout, backbone.gradient, layer), grad);
    parameters_.release(block);
    parameters_.gradient_ready(block);
  }
  embedding_backward(grad, tokens.ids,
                     view(backbone.gradient, backbone.layout.at("model.embed_tokens.weight")));
  parameters_.gradient_ready(0);
}

}  // namespace laurel
