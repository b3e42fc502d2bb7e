// Picks rows by the pooled tokens' numbers, and adds them back.
#include "model/pooled_rows.h"

#include <ATen/ops/index_select.h>

namespace laurel {

at::Tensor select_pooled(const BlockPass& pass, const at::Tensor& x, Buffer& buffer) {
  if (!pass.last) return x;
  at::Tensor rows = buffer.take({pass.tokens.pool_index.size(0), x.size(1)}, x.options());
  at::index_select_out(rows, x, 0, pass.tokens.pool_index);
  return rows;
}

void scatter_pooled(const BlockPass& pass, const at::Tensor& rows, const at::Tensor& x) {
  x.zero_();
  x.index_add_(0, pass.tokens.pool_index, rows);
}

}  // namespace laurel
