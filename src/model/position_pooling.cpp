// Means over ranges of the list of pooled tokens.
#include "model/position_pooling.h"

#include <cstdint>
#include <functional>

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

void pool_forward(const at::Tensor& x, const TokenBatch& tokens, const at::Tensor& pooled) {
  if (pooled.size(0) == x.size(0)) {  // every position pools one token
    pooled.copy_(x);
    return;
  }
  for_each_position(tokens, [&](int64_t position, int64_t first, int64_t length) {
    pooled[position].copy_(x.narrow(0, first, length).mean(0));
  });
}

void pool_backward(const at::Tensor& grad_pooled, const TokenBatch& tokens,
                   const at::Tensor& grad) {
  if (grad_pooled.size(0) == grad.size(0)) {
    grad.copy_(grad_pooled);
    return;
  }
  for_each_position(tokens, [&](int64_t position, int64_t first, int64_t length) {
    grad.narrow(0, first, length).copy_(grad_pooled[position].div(static_cast<double>(length)));
  });
}

}  // namespace laurel
