// The final norm, the mean over each row's tokens, and the product with the head.
#include "model/head.h"

#include <ATen/ops/empty_like.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/tensor.h>

#include <cmath>

#include "core/random.h"
#include "ops/norm.h"

namespace laurel {

namespace {

// Calls visit(row, first, length): the row's places in the list of read tokens.
void for_each_row(const TokenBatch& tokens,
                  const std::function<void(int64_t, int64_t, int64_t)>& visit) {
  const int32_t* const begin = tokens.read_begin.const_data_ptr<int32_t>();
  const int32_t* const end = tokens.read_end.const_data_ptr<int32_t>();
  int64_t first = 0;
  for (int64_t row = 0; row < tokens.read_begin.size(0); ++row) {
    visit(row, first, end[row] - begin[row]);
    first += end[row] - begin[row];
  }
}

}  // namespace

Layout head_layout(int64_t columns, int64_t hidden_size, int64_t scalars) {
  LayoutBuilder layout;
  layout.begin_block();
  layout.matrix("score.weight", columns, hidden_size);
  if (scalars > 0) layout.vector("scalars", scalars);
  return layout.finish();
}

void init_head(Store& head, uint64_t seed) {
  const Entry& entry = head.layout.at("score.weight");
  at::Tensor weight = view(head.weights, entry);
  const double deviation = 1 / std::sqrt(static_cast<double>(entry.shape[1] + 1));
  Random random(seed);
  std::vector<double> values(entry.size);
  for (double& value : values) value = deviation * random.normal();
  weight.copy_(at::tensor(values, at::kDouble).view(entry.shape));
}

at::Tensor head_forward(const at::Tensor& read, const TokenBatch& tokens, const HeadBlock& weights,
                        double eps, HeadKept& kept) {
  const auto type = weights.score.options();
  kept.read = read.to(weights.score.scalar_type());
  const at::Tensor normed = kept.normed.take(read.sizes(), type);
  rms_norm_forward(kept.read, weights.norm.to(kept.read.scalar_type()), eps, normed,
                   kept.rms.take({read.size(0)}, type));
  const at::Tensor pooled = kept.pooled.take({tokens.read_begin.size(0), read.size(1)}, type);
  if (pooled.size(0) == normed.size(0)) {  // every row reads one token
    pooled.copy_(normed);
  } else {
    for_each_row(tokens, [&](int64_t row, int64_t first, int64_t length) {
      pooled[row].copy_(normed.narrow(0, first, length).mean(0));
    });
  }
  return at::mm(pooled, weights.score.t());
}

void head_backward(const at::Tensor& grad_rewards, const TokenBatch& tokens,
                   const HeadBlock& weights, HeadKept& kept, const HeadBlock& gradient,
                   const at::Tensor& grad_read) {
  at::Tensor grad_score = gradient.score;
  if (grad_score.defined()) grad_score.addmm_(grad_rewards.t(), kept.pooled.get());
  const at::Tensor grad_pooled = at::mm(grad_rewards, weights.score);
  const at::Tensor grad = at::empty_like(kept.read);
  if (grad_pooled.size(0) == grad.size(0)) {
    grad.copy_(grad_pooled);
  } else {
    for_each_row(tokens, [&](int64_t row, int64_t first, int64_t length) {
      grad.narrow(0, first, length).copy_(grad_pooled[row].div(static_cast<double>(length)));
    });
  }
  rms_norm_backward(grad, {kept.read, kept.rms.get()}, weights.norm.to(grad.scalar_type()), grad,
                    gradient.norm, Into::overwrite);
  grad_read.copy_(grad);
}

}  // namespace laurel
