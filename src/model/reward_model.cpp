// Walks the blocks forward and in reverse, one worker a lane; on one device every block is at hand.
#include "model/reward_model.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/isfinite.h>

#include <algorithm>

#include "ops/cuda/device.h"
#include "ops/embedding.h"
#include "ops/types.h"
#include "ops/workers.h"

namespace laurel {

RewardModel::RewardModel(LlamaConfig config, Parameters parameters, Recompute recompute)
    : config_(std::move(config)), parameters_(std::move(parameters)), recompute_(recompute) {
  TORCH_INTERNAL_ASSERT(parameters_.stores.size() >= 2 && recompute_ != Recompute::automatic);
}

void RewardModel::begin(const TokenBatch& tokens) {
  lanes_ = lane_tokens(tokens, parameters_.backbone().weights);
  while (workers_.size() < lanes_.size()) {
    Worker& worker = workers_.emplace_back();
    worker.training.inputs.resize(config_.layers);
    worker.training.rest.resize(recompute_ == Recompute::inputs ? 1 : config_.layers);
    worker.scoring.inputs.resize(2);
    worker.scoring.rest.resize(1);
  }
  const int64_t positions =
      tokens.ids.size(0) == 0 ? 0 : tokens.positions.max().item<int32_t>() + int64_t{1};
  if (!rope_.cos.defined() || rope_.cos.size(0) < positions) {
    rope_ = rope_table(config_.rope, config_.head_dim, std::max<int64_t>(positions, 512),
                       compute_type(parameters_.backbone().weights.scalar_type()));
    const at::Device device = parameters_.backbone().weights.device();
    rope_ = {to_device(rope_.cos, device), to_device(rope_.sin, device)};
  }
}

at::Tensor RewardModel::embedding(const at::Tensor& flat) const {
  const Layout& layout = parameters_.stores.front().layout;
  return view(flat, layout.at("model.embed_tokens.weight"));
}

HeadBlock RewardModel::head_block(bool gradient) {
  const Store& backbone = parameters_.backbone();
  const Store& head = parameters_.head();
  return {view(gradient ? backbone.gradient : backbone.weights,
               backbone.layout.at("model.norm.weight")),
          view(gradient ? head.gradient : head.weights, head.layout.at("score.weight"))};
}

at::Tensor RewardModel::scalars_of(const at::Tensor& flat) const {
  const Entry* entry = parameters_.stores[1].layout.find("scalars");
  return entry ? view(flat, *entry) : flat.narrow(0, 0, 0);
}

// Embedding and layers of one lane; read (N, D) becomes the last block's output at its reads.
void RewardModel::forward_lane(const LaneTokens& lane, Worker& worker, bool keep,
                               const at::Tensor& read) {
  const at::NoGradGuard no_grad;  // per thread
  Kept& kept = keep ? worker.training : worker.scoring;
  const Store& backbone = parameters_.backbone();
  const auto type = backbone.weights.options();
  const std::vector<int64_t> shape{lane.ids.size(0), config_.hidden_size};
  embedding_forward(lane.ids, embedding(backbone.weights), kept.input(0).take(shape, type));
  for (int64_t layer = 0; layer < config_.layers; ++layer) {
    const bool last = layer + 1 == config_.layers;
    const at::Tensor output = last ? read : kept.input(layer + 1).take(shape, type);
    llama_block_forward({.config = config_,
                         .tokens = lane,
                         .rope = rope_,
                         .scratch = worker.scratch,
                         .input = kept.input(layer).get(),
                         .window = config_.window.at(layer),
                         .last = last,
                         .recompute = recompute_},
                        llama_block(config_, backbone.layout, backbone.weights, layer),
                        kept.of(layer), output);
  }
}

at::Tensor RewardModel::run(const TokenBatch& tokens, bool keep) {
  const at::NoGradGuard no_grad;
  begin(tokens);
  const at::Tensor read = read_.take({read_count(tokens), config_.hidden_size},
                                     parameters_.backbone().weights.options());
  run_workers(static_cast<int64_t>(lanes_.size()), [&](int64_t i) {
    const LaneTokens& lane = lanes_[i];
    forward_lane(lane, workers_[i], keep, read.narrow(0, lane.first_read, lane.read_index.size(0)));
  });
  return head_forward(read, tokens, head_block(false), config_.rms_norm_eps, head_);
}

at::Tensor RewardModel::forward(const TokenBatch& tokens) { return run(tokens, true); }

std::optional<int64_t> RewardModel::first_not_finite() {
  const auto finite = [](const at::Tensor& x) { return at::isfinite(x).all().item<bool>(); };
  for (int64_t layer = 0; layer < config_.layers; ++layer) {
    for (size_t lane = 0; lane < lanes_.size(); ++lane) {
      if (!finite(workers_[lane].training.input(layer).get())) return layer;
    }
  }
  if (!finite(read_.get())) return config_.layers;
  return std::nullopt;
}

at::Tensor RewardModel::score(const TokenBatch& tokens) { return run(tokens, false); }

void RewardModel::backward_lane(int64_t index, Turns& turns, const at::Tensor& grad_read) {
  const at::NoGradGuard no_grad;
  const LaneTokens& lane = lanes_[index];
  Worker& worker = workers_[index];
  const Store& backbone = parameters_.backbone();
  const at::Tensor grad =
      worker.grad.take({lane.ids.size(0), config_.hidden_size}, backbone.weights.options());
  for (int64_t layer = config_.layers - 1; layer >= 0; --layer) {
    const bool last = layer + 1 == config_.layers;
    llama_block_backward({.config = config_,
                          .tokens = lane,
                          .rope = rope_,
                          .scratch = worker.scratch,
                          .input = worker.training.input(layer).get(),
                          .window = config_.window.at(layer),
                          .last = last,
                          .recompute = recompute_,
                          .lane = index,
                          .turns = &turns},
                         llama_block(config_, backbone.layout, backbone.weights, layer),
                         worker.training.of(layer),
                         llama_block(config_, backbone.layout, backbone.gradient, layer),
                         last ? grad_read : grad, grad);
  }
  turns.next(index, [&] { embedding_backward(grad, lane.ids, embedding(backbone.gradient)); });
}

void RewardModel::backward(const TokenBatch& tokens, const at::Tensor& grad_rewards,
                           const at::Tensor& grad_scalars) {
  const at::NoGradGuard no_grad;
  if (grad_scalars.defined()) scalars_of(parameters_.head().gradient).add_(grad_scalars);
  const at::Tensor read = read_.get();
  const at::Tensor grad_read = grad_read_.take(read.sizes(), read.options());
  head_backward(grad_rewards, tokens, head_block(false), head_, head_block(true), grad_read);
  Turns turns(static_cast<int64_t>(lanes_.size()));
  run_workers(static_cast<int64_t>(lanes_.size()), [&](int64_t i) {
    const LaneTokens& lane = lanes_[i];
    try {
      backward_lane(i, turns, grad_read.narrow(0, lane.first_read, lane.read_index.size(0)));
    } catch (...) {
      turns.fail(std::current_exception());
      throw;
    }
  });
}

}  // namespace laurel
