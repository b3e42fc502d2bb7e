// Gathers the read tokens before the final norm, so that norm and head run on them only.
#include "model/head.h"

#include <ATen/ops/index_select.h>
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

at::Tensor read_tokens(const TokenBatch& tokens) {
  std::vector<int64_t> index;
  const int32_t* const begin = tokens.read_begin.const_data_ptr<int32_t>();
  for_each_row(tokens, [&](int64_t row, int64_t, int64_t length) {
    TORCH_INTERNAL_ASSERT(length > 0);
    for (int64_t i = 0; i < length; ++i) index.push_back(begin[row] + i);
  });
  return at::tensor(index, at::kLong);
}

}  // namespace

Layout head_layout(int64_t columns, int64_t hidden_size) {
  LayoutBuilder layout;
  layout.begin_block();
  layout.matrix("score.weight", columns, hidden_size);
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

at::Tensor head_forward(const at::Tensor& hidden, const TokenBatch& tokens,
                        const HeadBlock& weights, double eps, HeadKept& kept) {
  const auto type = hidden.scalar_type();
  const int64_t width = hidden.size(1);
  const int64_t rows = tokens.read_begin.size(0);
  kept.index = read_tokens(tokens);
  const int64_t reads = kept.index.size(0);
  at::Tensor read = kept.hidden.take({reads, width}, type);
  const at::Tensor normed = kept.normed.take({reads, width}, type);
  at::index_select_out(read, hidden, 0, kept.index);
  rms_norm_forward(read, weights.norm, eps, normed, kept.rms.take({reads}, type));
  const at::Tensor pooled = kept.pooled.take({rows, width}, weights.score.scalar_type());
  for_each_row(tokens, [&](int64_t row, int64_t first, int64_t length) {
    if (length == 1) {
      pooled[row].copy_(normed[first]);
    } else {
      pooled[row].copy_(normed.narrow(0, first, length).mean(0));
    }
  });
  return at::mm(pooled, weights.score.t());
}

void head_backward(const at::Tensor& grad_rewards, const TokenBatch& tokens,
                   const HeadBlock& weights, HeadKept& kept, const HeadBlock& gradient,
                   const at::Tensor& grad_hidden) {
  at::Tensor grad_score = gradient.score;
  if (grad_score.defined()) grad_score.addmm_(grad_rewards.t(), kept.pooled.get());
  const at::Tensor grad_pooled = at::mm(grad_rewards, weights.score);
  const at::Tensor grad = kept.grad.take(kept.normed.get().sizes(), grad_hidden.scalar_type());
  for_each_row(tokens, [&](int64_t row, int64_t first, int64_t length) {
    grad.narrow(0, first, length).copy_(grad_pooled[row].div(static_cast<double>(length)));
  });
  rms_norm_backward(grad, {kept.hidden.get(), kept.rms.get()}, weights.norm, grad, gradient.norm,
                    Into::overwrite);
  grad_hidden.zero_();
  grad_hidden.index_add_(0, kept.index, grad);
}

}  // namespace laurel
