// The final norm, the mean over each position's tokens, and the product with the head's matrix.
#include "model/head.h"

#include <ATen/ops/empty_like.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/tensor.h>

#include <cmath>

#include "core/random.h"
#include "ops/norm.h"

namespace laurel {

namespace {

// Calls visit(position, first, length): its range in the list of pooled tokens.
void for_each_position(const TokenBatch& tokens,
                       const std::function<void(int64_t, int64_t, int64_t)>& visit) {
  const int32_t* const begin = tokens.pool_begin.const_data_ptr<int32_t>();
  const int32_t* const end = tokens.pool_end.const_data_ptr<int32_t>();
  int64_t first = 0;
  for (int64_t position = 0; position < tokens.pool_begin.size(0); ++position) {
    visit(position, first, end[position] - begin[position]);
    first += end[position] - begin[position];
  }
}

}  // namespace

Layout head_layout(int64_t columns, int64_t hidden_size, int64_t loss_parameters) {
  LayoutBuilder layout;
  layout.begin_block();
  layout.matrix("score.weight", columns, hidden_size);
  if (loss_parameters > 0) layout.vector("loss_parameters", loss_parameters);
  return layout.finish();
}

void init_head(ParameterBuffer& head, uint64_t seed) {
  const TensorSpec& spec = head.layout.at("score.weight");
  at::Tensor weight = view(head.weights, spec);
  const double deviation = 1 / std::sqrt(static_cast<double>(spec.shape[1] + 1));
  Random random(seed);
  std::vector<double> values(spec.size);
  for (double& value : values) value = deviation * random.normal();
  weight.copy_(at::tensor(values, at::kDouble).view(spec.shape));
}

at::Tensor head_forward(const at::Tensor& hidden, const TokenBatch& tokens,
                        const HeadBlock& weights, double eps, HeadSavedActivations& saved) {
  const auto type = weights.score.options();
  saved.hidden = hidden.to(weights.score.scalar_type());
  const at::Tensor normed = saved.normed.take(hidden.sizes(), type);
  rms_norm_forward(saved.hidden, weights.norm.to(saved.hidden.scalar_type()), eps, normed,
                   saved.rms.take({hidden.size(0)}, type));
  const at::Tensor pooled = saved.pooled.take({tokens.pool_begin.size(0), hidden.size(1)}, type);
  if (pooled.size(0) == normed.size(0)) {  // every position pools one token
    pooled.copy_(normed);
  } else {
    for_each_position(tokens, [&](int64_t position, int64_t first, int64_t length) {
      pooled[position].copy_(normed.narrow(0, first, length).mean(0));
    });
  }
  return at::mm(pooled, weights.score.t());
}

void head_backward(const at::Tensor& grad_rewards, const TokenBatch& tokens,
                   const HeadBlock& weights, HeadSavedActivations& saved, const HeadBlock& gradient,
                   const at::Tensor& grad_hidden) {
  at::Tensor grad_score = gradient.score;
  if (grad_score.defined()) grad_score.addmm_(grad_rewards.t(), saved.pooled.get());
  const at::Tensor grad_pooled = at::mm(grad_rewards, weights.score);
  const at::Tensor grad = at::empty_like(saved.hidden);
  if (grad_pooled.size(0) == grad.size(0)) {
    grad.copy_(grad_pooled);
  } else {
    for_each_position(tokens, [&](int64_t position, int64_t first, int64_t length) {
      grad.narrow(0, first, length).copy_(grad_pooled[position].div(static_cast<double>(length)));
    });
  }
  rms_norm_backward(grad, {saved.hidden, saved.rms.get()}, weights.norm.to(grad.scalar_type()),
                    grad, gradient.norm, WriteMode::overwrite);
  grad_hidden.copy_(grad);
}

}  // namespace laurel
