// Which tables of positions a pass needs: one, or one for each class of row lengths in the batch.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "data/batch.h"
#include "data/pooling.h"

namespace laurel {

struct PositionTables {
  int64_t positions = 0;            // rows of each table, one behind the other
  std::vector<int32_t> lengths{1};  // a row length of each table's class, ascending
  bool operator==(const PositionTables&) const = default;
};

// For all tokens of the batch. Positions are rounded up, so that few batches need new tables.
PositionTables position_tables(const TokenBatch& tokens, const LengthRule& rule);

// (T) int32: the row of the tables that each token reads, which is its position where there is one
// table.
at::Tensor table_rows(const TokenBatch& tokens, const PositionTables& tables,
                      const LengthRule& rule);

}  // namespace laurel
