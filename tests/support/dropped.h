// The masks of one row's pass as tensors, for twins: every token is computed, and none is packed.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "model/dropout.h"
#include "ops/cpu/dropout.h"

namespace laurel {

struct Dropped {
  DropoutPass pass;
  bool causal = true;
  std::vector<uint64_t> rows = {};  // hashes of the row's tokens

  void begin_row(const std::vector<int32_t>& ids) {
    const std::vector<Span> spans{{0, static_cast<int32_t>(ids.size()), -1}};
    rows = dropout_rows(at::tensor(ids, at::kInt), spans, {}, causal);
  }

  // (T, columns): 0 or 1 / (1 - rate).
  at::Tensor mask(DropoutPlace place, int64_t layer, int64_t columns) const {
    return tensor_of(pass.mask(place, layer, rows), columns, 0);
  }

  // (heads, T, T)
  at::Tensor attention_mask(int64_t layer, int64_t heads) const {
    std::vector<at::Tensor> all;
    for (int64_t head = 0; head < heads; ++head) {
      all.push_back(tensor_of(pass.mask(DropoutPlace::attention, layer, rows),
                              static_cast<int64_t>(rows.size()), static_cast<uint64_t>(head)));
    }
    return at::stack(all);
  }

  // Of what the adapter takes of the rows from `first_row` on of a block's linear map `number`: 0
  // the map before attention, then in the order of the block.
  at::Tensor adapter_mask(int64_t layer, uint64_t number, int64_t first_row,
                          int64_t columns) const {
    DropoutMask mask = pass.mask(DropoutPlace::adapters, layer, rows);
    if (number > 0) mask.place ^= mix64(number);
    mask.place = mix64(mask.place ^ static_cast<uint64_t>(first_row));
    return tensor_of(mask, columns, 0);
  }

 private:
  static at::Tensor tensor_of(const DropoutMask& mask, int64_t columns, uint64_t part) {
    const auto count = static_cast<int64_t>(mask.rows.size());
    if (!mask) return at::ones({1, columns}, at::kDouble);
    const at::Tensor values = at::empty({count, columns}, at::kDouble);
    auto out = values.accessor<double, 2>();
    for (int64_t r = 0; r < count; ++r) {
      const RowDropout row = row_dropout(mask, r, part);
      for (int64_t c = 0; c < columns; ++c) {
        out[r][c] = dropout_bits(row, static_cast<uint32_t>(c)) < row.below ? 0 : row.scale;
      }
    }
    return values;
  }
};

}  // namespace laurel
