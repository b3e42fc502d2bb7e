// RewardModel: walks the blocks forward and in reverse, one worker per part of the micro-batch.
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
  TORCH_INTERNAL_ASSERT(parameters_.buffers.size() >= 2 && recompute_ != Recompute::automatic);
}

void RewardModel::begin(const TokenBatch& tokens) {
  parts_ = worker_tokens(tokens, parameters_.backbone().weights);
  while (workers_.size() < parts_.size()) {
    Worker& worker = workers_.emplace_back();
    worker.training.inputs.resize(config_.layers);
    worker.training.layers.resize(recompute_ == Recompute::inputs ? 1 : config_.layers);
    worker.scoring.inputs.resize(2);
    worker.scoring.layers.resize(1);
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
  const Layout& layout = parameters_.buffers.front().layout;
  return view(flat, layout.at("model.embed_tokens.weight"));
}

HeadBlock RewardModel::head_block(bool gradient) {
  const ParameterBuffer& backbone = parameters_.backbone();
  const ParameterBuffer& head = parameters_.head();
  return {view(gradient ? backbone.gradient : backbone.weights,
               backbone.layout.at("model.norm.weight")),
          view(gradient ? head.gradient : head.weights, head.layout.at("score.weight"))};
}

at::Tensor RewardModel::loss_parameters_of(const at::Tensor& flat) const {
  const TensorSpec* spec = parameters_.buffers[1].layout.find("loss_parameters");
  return spec ? view(flat, *spec) : flat.narrow(0, 0, 0);
}

// Embedding and layers of one part; hidden (N, D) becomes the last block's output at its pooled
// tokens.
void RewardModel::forward_part(const WorkerTokens& part, Worker& worker, bool keep,
                               const at::Tensor& hidden) {
  const at::NoGradGuard no_grad;  // per thread
  SavedActivations& saved = keep ? worker.training : worker.scoring;
  const ParameterBuffer& backbone = parameters_.backbone();
  const auto type = backbone.weights.options();
  const std::vector<int64_t> shape{part.ids.size(0), config_.hidden_size};
  embedding_forward(part.ids, embedding(backbone.weights), saved.input(0).take(shape, type));
  for (int64_t layer = 0; layer < config_.layers; ++layer) {
    const bool last = layer + 1 == config_.layers;
    const at::Tensor output = last ? hidden : saved.input(layer + 1).take(shape, type);
    llama_block_forward({.config = config_,
                         .tokens = part,
                         .rope = rope_,
                         .scratch = worker.scratch,
                         .input = saved.input(layer).get(),
                         .window = config_.window.at(layer),
                         .last = last,
                         .recompute = recompute_},
                        llama_block(config_, backbone.layout, backbone.weights, layer),
                        saved.of(layer), output);
  }
}

at::Tensor RewardModel::run(const TokenBatch& tokens, bool keep) {
  const at::NoGradGuard no_grad;
  begin(tokens);
  const at::Tensor hidden = hidden_.take({pool_count(tokens), config_.hidden_size},
                                         parameters_.backbone().weights.options());
  run_workers(static_cast<int64_t>(parts_.size()), [&](int64_t i) {
    const WorkerTokens& part = parts_[i];
    forward_part(part, workers_[i], keep,
                 hidden.narrow(0, part.pool_offset, part.pool_index.size(0)));
  });
  return head_forward(hidden, tokens, head_block(false), config_.rms_norm_eps, head_);
}

at::Tensor RewardModel::forward(const TokenBatch& tokens) { return run(tokens, true); }

std::optional<int64_t> RewardModel::first_nonfinite_layer() {
  const auto finite = [](const at::Tensor& x) { return at::isfinite(x).all().item<bool>(); };
  for (int64_t layer = 0; layer < config_.layers; ++layer) {
    for (size_t part = 0; part < parts_.size(); ++part) {
      if (!finite(workers_[part].training.input(layer).get())) return layer;
    }
  }
  if (!finite(hidden_.get())) return config_.layers;
  return std::nullopt;
}

at::Tensor RewardModel::score(const TokenBatch& tokens) { return run(tokens, false); }

void RewardModel::backward_part(int64_t index, OrderedReduction& reduction,
                                const at::Tensor& grad_hidden) {
  const at::NoGradGuard no_grad;
  const WorkerTokens& part = parts_[index];
  Worker& worker = workers_[index];
  const ParameterBuffer& backbone = parameters_.backbone();
  const at::Tensor grad =
      worker.grad.take({part.ids.size(0), config_.hidden_size}, backbone.weights.options());
  for (int64_t layer = config_.layers - 1; layer >= 0; --layer) {
    const bool last = layer + 1 == config_.layers;
    llama_block_backward({.config = config_,
                          .tokens = part,
                          .rope = rope_,
                          .scratch = worker.scratch,
                          .input = worker.training.input(layer).get(),
                          .window = config_.window.at(layer),
                          .last = last,
                          .recompute = recompute_,
                          .worker = index,
                          .reduction = &reduction},
                         llama_block(config_, backbone.layout, backbone.weights, layer),
                         worker.training.of(layer),
                         llama_block(config_, backbone.layout, backbone.gradient, layer),
                         last ? grad_hidden : grad, grad);
  }
  reduction.add_in_order(index,
                         [&] { embedding_backward(grad, part.ids, embedding(backbone.gradient)); });
}

void RewardModel::backward(const TokenBatch& tokens, const at::Tensor& grad_rewards,
                           const at::Tensor& grad_loss_parameters) {
  const at::NoGradGuard no_grad;
  if (grad_loss_parameters.defined())
    loss_parameters_of(parameters_.head().gradient).add_(grad_loss_parameters);
  const at::Tensor hidden = hidden_.get();
  const at::Tensor grad_hidden = grad_hidden_.take(hidden.sizes(), hidden.options());
  head_backward(grad_rewards, tokens, head_block(false), head_, head_block(true), grad_hidden);
  OrderedReduction reduction(static_cast<int64_t>(parts_.size()));
  run_workers(static_cast<int64_t>(parts_.size()), [&](int64_t i) {
    const WorkerTokens& part = parts_[i];
    try {
      backward_part(i, reduction, grad_hidden.narrow(0, part.pool_offset, part.pool_index.size(0)));
    } catch (...) {
      reduction.fail(std::current_exception());
      throw;
    }
  });
}

}  // namespace laurel
