// Hands the ranges of each buffer to the kernels of norm, AdamW and averages.
#include "train/optimizer.h"

#include <ATen/ops/full.h>
#include <ATen/ops/isfinite.h>

#include <algorithm>
#include <cmath>

#include "ops/adamw.h"
#include "ops/cuda/device.h"
#include "ops/cuda/operations.h"

namespace laurel {

TrainingState training_state(const OptimizerOptions& options) {
  TrainingState state;
  if (options.moments == Moments::bf16) state.moments = at::kBFloat16;
  if (options.stochastic_rounding) state.rounding = Rounding::stochastic;
  state.average = decay_of(options.average).has_value();
  return state;
}

// On CUDA a pass over everything takes less than a kernel for each range. Gaps stay zero.
static std::vector<UpdateRange> whole_buffer(const ParameterBuffer& buffer) {
  const Layout& layout = buffer.layout;
  const bool all = std::ranges::all_of(layout.tensors, [&](const TensorSpec& spec) {
    return spec.trainable || spec.offset < layout.trained_begin;
  });
  if (!all) return update_ranges(layout);
  return {{.begin = 0, .end = layout.size - layout.trained_begin, .decay = false}};
}

Optimizer::Optimizer(const OptimizerOptions& options, Parameters& parameters, uint64_t seed,
                     int64_t max_skipped, const OptimizerState& start)
    : options_(options),
      parameters_(parameters),
      seed_(seed),
      max_skipped_(max_skipped),
      state_(start) {
  const at::Tensor& weights = parameters_.backbone.weights;
  if (on_cuda(weights)) {
    update_ = make_update_cuda(weights.device(), state_.updates, state_.skipped);
  }
  for (const ParameterBuffer& buffer : parameters_.buffers()) {
    const bool whole = update_.defined() && options_.weight_decay == 0;
    const bool trained = buffer.gradient.defined();
    ranges_.push_back(!trained ? std::vector<UpdateRange>{}
                      : whole  ? whole_buffer(buffer)
                               : update_ranges(buffer.layout));
  }
  if (update_.defined()) return;
  for (const TensorSpec& spec : parameters_.backbone.layout.tensors) {
    const bool by_rows = spec.is_embedding && has_gradient(parameters_.backbone, spec);
    if (by_rows && options_.weight_decay == 0) state_.seen_rows.resize(spec.shape[0]);
  }
}

OptimizerState Optimizer::state() const {
  if (!update_.defined()) return state_;
  const CudaUpdate update = read_update_cuda(update_);
  return {.updates = update.updates, .skipped = update.skipped};
}

void Optimizer::mark_seen(const at::Tensor& ids) {
  if (state_.seen_rows.empty()) return;
  const int32_t* const id = ids.const_data_ptr<int32_t>();
  for (int64_t i = 0; i < ids.numel(); ++i) state_.seen_rows[id[i]] = true;
}

at::Tensor Optimizer::step(double lr, const at::Tensor& sums, std::optional<double> head_lr) {
  if (update_.defined()) {
    const at::Tensor norm = decide_on_device(sums);
    update(lr, head_lr.value_or(lr), 0);
    return norm;
  }
  if (!state_.seen_rows.empty())
    ranges_[0] = update_ranges(parameters_.backbone.layout, &state_.seen_rows);
  std::vector<NormPart> gradients;
  for (size_t i = 0; i < ranges_.size(); ++i) {
    if (!ranges_[i].empty()) gradients.push_back({buffer_at(i).gradient, ranges_[i]});
  }
  const double norm = gradient_norm(gradients);
  const bool finite = std::isfinite(norm) && at::isfinite(sums).all().item<bool>();
  if (finite) {
    update(lr, head_lr.value_or(lr), norm);
  } else {
    skip();
  }
  return at::full({1}, norm, at::kDouble);
}

void Optimizer::skip() {
  ++state_.skipped;
  for (size_t i = 0; i < ranges_.size(); ++i) {
    for (const auto& [begin, end, decay] : ranges_[i]) {
      buffer_at(i).gradient.slice(0, begin, end).zero_();
    }
  }
}

at::Tensor Optimizer::decide_on_device(const at::Tensor& sums) {
  for (const ParameterBuffer& buffer : parameters_.buffers()) {
    if (!buffer.gradient.defined()) continue;
    add_squared_norm_cuda({buffer.gradient, whole_buffer(buffer)}, update_);
  }
  require_finite_cuda(sums, update_);
  decide_update_cuda({.beta1 = options_.betas[0],
                      .beta2 = options_.betas[1],
                      .max_norm = options_.max_grad_norm,
                      .max_skipped = max_skipped_,
                      .seed = seed_,
                      .average_decay = decay_of(options_.average).value_or(0)},
                     update_);
  return norm_of_update_cuda(update_);
}

// Number of the update and clip factor are the device's own on CUDA.
void Optimizer::update(double lr, double head_lr, double norm) {
  AdamW update{.beta1 = options_.betas[0],
               .beta2 = options_.betas[1],
               .eps = options_.eps,
               .weight_decay = options_.weight_decay,
               .update = ++state_.updates,
               .gradient_scale = clip_factor(norm, options_.max_grad_norm),
               .seed = seed_};
  for (size_t i = 0; i < ranges_.size(); ++i) {
    ParameterBuffer& buffer = buffer_at(i);
    if (!buffer.gradient.defined()) continue;
    update.lr = &buffer == &parameters_.head ? head_lr : lr;
    update.rounding = buffer.rounding;
    const AdamWBuffers buffers{.weights = trained_weights(buffer),
                               .gradient = buffer.gradient,
                               .moment1 = buffer.moment1,
                               .moment2 = buffer.moment2,
                               .low = buffer.low};
    if (update_.defined()) {
      adamw_step_cuda(buffers, ranges_[i], update, update_);
    } else {
      adamw_step(buffers, ranges_[i], update);
    }
  }
  move_averages();
}

// By the update just made. Rows that no step has had are equal to their average.
void Optimizer::move_averages() {
  const std::optional<double> decay = decay_of(options_.average);
  if (!decay) return;
  for (size_t i = 0; i < ranges_.size(); ++i) {
    const ParameterBuffer& buffer = buffer_at(i);
    if (!buffer.average.defined()) continue;
    const AverageBuffers buffers{
        .weights = trained_weights(buffer), .low = buffer.low, .average = buffer.average};
    if (update_.defined()) {
      average_step_cuda(buffers, ranges_[i], buffer.rounding, update_);
    } else {
      average_step(buffers, ranges_[i], average_rate(*decay, state_.updates), buffer.rounding);
    }
  }
}

}  // namespace laurel
