// Sorts the batch's rows into classes of lengths.
#include "model/position_tables.h"

#include <algorithm>
#include <set>

namespace laurel {

PositionTables position_tables(const TokenBatch& tokens, const LengthRule& rule) {
  constexpr int64_t kStep = 512;
  PositionTables tables;
  if (tokens.ids.size(0) == 0) return tables;
  const int64_t positions = tokens.position_ids.max().item<int32_t>() + int64_t{1};
  tables.positions = (positions + kStep - 1) / kStep * kStep;
  if (rule.bound == 0) return tables;
  std::set<int32_t> classes{1};
  if (!rule.each_length) classes.insert(rule.bound + 1);
  for (const int32_t length : tokens.row_lengths) classes.insert(rule.class_of(length));
  tables.lengths.assign(classes.begin(), classes.end());
  return tables;
}

at::Tensor table_rows(const TokenBatch& tokens, const PositionTables& tables,
                      const LengthRule& rule) {
  if (tables.lengths.size() == 1) return tokens.position_ids;
  TORCH_INTERNAL_ASSERT(tokens.row_lengths.size() == tokens.spans.size());
  at::Tensor rows = tokens.position_ids.clone();
  auto* const row = rows.data_ptr<int32_t>();
  for (size_t i = 0; i < tokens.spans.size(); ++i) {
    const auto found = std::ranges::find(tables.lengths, rule.class_of(tokens.row_lengths[i]));
    const auto first = static_cast<int32_t>((found - tables.lengths.begin()) * tables.positions);
    const Span& span = tokens.spans[i];
    for (int32_t t = span.begin; t < span.begin + span.length; ++t) row[t] += first;
  }
  return rows;
}

}  // namespace laurel
