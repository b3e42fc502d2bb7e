// RewardModel: walks the blocks forward and in reverse, one worker per part of the micro-batch.
#include "model/reward_model.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "model/position_tables.h"
#include "ops/all_finite.h"
#include "ops/workers.h"

namespace laurel {

RewardModel::RewardModel(Backbone backbone, Parameters parameters, Recompute recompute,
                         const DropoutOptions& dropout)
    : runner_(std::move(backbone)),
      parameters_(std::move(parameters)),
      recompute_(recompute),
      dropout_options_(dropout) {
  TORCH_INTERNAL_ASSERT(recompute_ != Recompute::automatic);
  const BackboneInfo info = backbone_info(runner_.backbone());
  hidden_size_ = info.hidden_size;
  layers_ = info.layers;
  lengths_ = info.pooling.lengths;
  causal_ = info.pooling.causal;
  places_ = info.dropout_places;
  first_trained_ = first_trained_layer();
  for (const TensorSpec& spec : parameters_.backbone.layout.tensors) {
    trains_embedding_ |= spec.block == 0 && spec.trainable;
  }
}

int64_t RewardModel::first_trained_layer() const {
  if (parameters_.adapters.layout.has_trainable()) return 0;
  int64_t first = layers_;
  for (const TensorSpec& spec : parameters_.backbone.layout.tensors) {
    if (spec.trainable) first = std::min<int64_t>(first, std::max(spec.block - 1, 0));
  }
  return first;
}

// What the backward pass does not reach is not kept.
Buffer& RewardModel::input_of(Worker& worker, int64_t layer, bool keep) {
  if (keep && layer >= first_trained_) return worker.training_inputs[layer];
  return worker.scoring_inputs[layer % std::ssize(worker.scoring_inputs)];
}

void RewardModel::begin(const TokenBatch& tokens) {
  const PositionTables tables = position_tables(tokens, lengths_);
  parts_ =
      worker_tokens(tokens, table_rows(tokens, tables, lengths_), parameters_.backbone.weights);
  while (workers_.size() < parts_.size()) {
    Worker& worker = workers_.emplace_back();
    worker.training_inputs.resize(layers_);
    worker.scoring_inputs.resize(2);
  }
  runner_.begin({.workers = std::ssize(parts_),
                 .saved_blocks = recompute_ == Recompute::inputs ? 1 : layers_,
                 .tables = tables},
                parameters_);
  if (!dropout_.drops()) return;
  for (size_t i = 0; i < parts_.size(); ++i) add_dropout_rows(parts_[i], tokens, i, causal_);
  position_rows_ = position_dropout_rows(tokens, parts_);
}

DropoutMask RewardModel::embedding_mask(const WorkerTokens& part) const {
  if (!places_.embedding) return {};
  return dropout_.mask(DropoutPlace::embedding, 0, part.dropout_rows);
}

// Of families that pool one token.
DropoutMask RewardModel::pooled_mask() const {
  return places_.pooled ? dropout_.mask(DropoutPlace::pooled, 0, position_rows_) : DropoutMask{};
}

DropoutMask RewardModel::features_mask() const {
  return places_.features ? dropout_.mask(DropoutPlace::features, 0, position_rows_)
                          : DropoutMask{};
}

// Embedding and layers of one part; hidden (N, D) becomes the last block's output at its pooled
// tokens.
void RewardModel::forward_part(int64_t index, bool keep, const at::Tensor& hidden) {
  const at::NoGradGuard no_grad;  // per thread
  const WorkerTokens& part = parts_[index];
  Worker& worker = workers_[index];
  const auto type = parameters_.backbone.weights.options();
  const std::vector<int64_t> shape{part.ids.size(0), hidden_size_};
  const at::Tensor first = input_of(worker, 0, keep).take(shape, type);
  runner_.embed(part, index, parameters_, first);
  drop(first, embedding_mask(part));
  for (int64_t layer = 0; layer < layers_; ++layer) {
    const bool last = layer + 1 == layers_;
    const at::Tensor output = last ? hidden : input_of(worker, layer + 1, keep).take(shape, type);
    runner_.block_forward({.tokens = part,
                           .worker = index,
                           .layer = layer,
                           .last = last,
                           .recompute = recompute_,
                           .input = input_of(worker, layer, keep).get(),
                           .dropout = dropout_},
                          parameters_, keep && layer >= first_trained_, output);
  }
}

at::Tensor RewardModel::run(const TokenBatch& tokens, bool keep) {
  const at::NoGradGuard no_grad;
  begin(tokens);
  const at::Tensor hidden =
      hidden_.take({pool_count(tokens), hidden_size_}, parameters_.backbone.weights.options());
  run_workers(std::ssize(parts_), [&](int64_t i) {
    const WorkerTokens& part = parts_[i];
    forward_part(i, keep, hidden.narrow(0, part.pool_offset, part.pool_index.size(0)));
  });
  drop(hidden, pooled_mask());
  features_ =
      runner_.features_forward(hidden, tokens, parameters_, parameters_.head.weights.options());
  if (const DropoutMask mask = features_mask()) {  // the family keeps its own
    features_ = dropped_features_.take(features_.sizes(), features_.options()).copy_(features_);
    drop(features_, mask);
  }
  return head_forward(features_, parameters_.head);
}

at::Tensor RewardModel::forward(const TokenBatch& tokens, int64_t step) {
  dropout_ = DropoutPass(dropout_options_, step);
  return run(tokens, true);
}

std::optional<int64_t> RewardModel::first_nonfinite_layer() {
  for (int64_t layer = first_trained_; layer < layers_; ++layer) {
    for (size_t part = 0; part < parts_.size(); ++part) {
      if (!all_finite(workers_[part].training_inputs[layer].get())) return layer;
    }
  }
  if (!all_finite(hidden_.get())) return layers_;
  return std::nullopt;
}

at::Tensor RewardModel::score(const TokenBatch& tokens) {
  dropout_ = {};
  return run(tokens, false);
}

at::Tensor RewardModel::features(const TokenBatch& tokens) {
  run(tokens, false);
  return features_;
}

void RewardModel::backward_part(int64_t index, OrderedReduction& reduction,
                                const at::Tensor& grad_hidden) {
  const at::NoGradGuard no_grad;
  const WorkerTokens& part = parts_[index];
  Worker& worker = workers_[index];
  const at::Tensor grad =
      worker.grad.take({part.ids.size(0), hidden_size_}, parameters_.backbone.weights.options());
  for (int64_t layer = layers_ - 1; layer >= first_trained_; --layer) {
    const bool last = layer + 1 == layers_;
    runner_.block_backward({.tokens = part,
                            .worker = index,
                            .layer = layer,
                            .last = last,
                            .recompute = recompute_,
                            .input = worker.training_inputs[layer].get(),
                            .reduction = &reduction,
                            .dropout = dropout_},
                           parameters_, last ? grad_hidden : grad, grad);
  }
  if (!trains_embedding_ || !parameters_.backbone.gradient.defined()) return;
  drop(grad, embedding_mask(part));
  reduction.add_in_order(index, [&] { runner_.embed_backward(grad, part, index, parameters_); });
}

void RewardModel::backward(const TokenBatch& tokens, const at::Tensor& grad_rewards,
                           const at::Tensor& grad_loss_parameters) {
  const at::NoGradGuard no_grad;
  if (grad_loss_parameters.defined()) parameters_.grad_loss_parameters().add_(grad_loss_parameters);
  const at::Tensor hidden = hidden_.get();
  const at::Tensor grad_features = head_backward(grad_rewards, features_, parameters_.head);
  const bool only_head =
      !parameters_.backbone.gradient.defined() && !parameters_.adapters.gradient.defined();
  if (only_head) return;
  const at::Tensor grad_hidden = grad_hidden_.take(hidden.sizes(), hidden.options());
  drop(grad_features, features_mask());
  runner_.features_backward(grad_features, tokens, parameters_, grad_hidden);
  drop(grad_hidden, pooled_mask());
  OrderedReduction reduction(std::ssize(parts_));
  run_workers(std::ssize(parts_), [&](int64_t i) {
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
