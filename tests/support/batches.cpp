// Packs groups span by span.
#include "support/batches.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace laurel {

namespace {

PoolRange pool_range_of(const TestResponse& row) {
  const auto length = static_cast<int32_t>(row.ids.size());
  return row.pool.value_or(PoolRange{length - 1, length});
}

int32_t common_prefix(const TestGroup& group, const LengthRule& lengths) {
  const auto class_of = [&](const TestResponse& row) {
    return lengths.class_of(static_cast<int32_t>(row.ids.size()));
  };
  int32_t length = pool_range_of(group.front()).begin;
  for (const TestResponse& row : group) {
    if (class_of(row) != class_of(group.front())) return 0;
    const auto [here, there] = std::ranges::mismatch(row.ids, group.front().ids);
    length =
        std::min({length, pool_range_of(row).begin, static_cast<int32_t>(here - row.ids.begin())});
  }
  return group.size() > 1 ? length : 0;
}

struct Packing {
  std::vector<int32_t> ids, positions, types, pool_begin, pool_end;
  bool second_text = false;
  std::vector<Span> spans;
  std::vector<int32_t> row_lengths;
  std::vector<WorkerPart> worker_parts;

  void begin_worker_part() {
    const auto token = static_cast<int32_t>(ids.size()), span = static_cast<int32_t>(spans.size());
    worker_parts.push_back({token, token, span, span});
  }

  void end_worker_part() {
    worker_parts.back().token_end = static_cast<int32_t>(ids.size());
    worker_parts.back().span_end = static_cast<int32_t>(spans.size());
  }

  // Tokens [begin, end) of a row, continuing span `prefix`.
  void add_span(const TestResponse& row, int32_t begin, int32_t end, int32_t prefix) {
    spans.push_back({static_cast<int32_t>(ids.size()), end - begin, prefix});
    second_text |= row.second_text >= 0;
    row_lengths.push_back(static_cast<int32_t>(row.ids.size()));
    for (int32_t i = begin; i < end; ++i) {
      ids.push_back(row.ids[i]);
      positions.push_back(i);
      types.push_back(row.second_text >= 0 && i >= row.second_text ? 1 : 0);
    }
  }

  void add_group(const TestGroup& group, int32_t shared) {
    const auto prefix = static_cast<int32_t>(spans.size());
    if (shared > 0) add_span(group.front(), 0, shared, -1);
    for (const TestResponse& row : group) {
      const int32_t offset = static_cast<int32_t>(ids.size()) - shared;
      pool_begin.push_back(offset + pool_range_of(row).begin);
      pool_end.push_back(offset + pool_range_of(row).end);
      add_span(row, shared, static_cast<int32_t>(row.ids.size()), shared > 0 ? prefix : -1);
    }
  }
};

}  // namespace

TokenBatch make_batch(const std::vector<TestGroup>& groups, SharePrefix share, size_t worker_parts,
                      const LengthRule& lengths) {
  Packing packing;
  for (size_t i = 0; i < groups.size(); ++i) {
    if (i < worker_parts) packing.begin_worker_part();
    packing.add_group(groups[i], share == SharePrefix::yes ? common_prefix(groups[i], lengths) : 0);
    packing.end_worker_part();
  }
  TokenBatch batch;
  batch.ids = at::tensor(packing.ids, at::kInt);
  batch.position_ids = at::tensor(packing.positions, at::kInt);
  if (packing.second_text) batch.token_types = at::tensor(packing.types, at::kInt);
  batch.pool_begin = at::tensor(packing.pool_begin, at::kInt);
  batch.pool_end = at::tensor(packing.pool_end, at::kInt);
  batch.worker_parts = packing.worker_parts;
  batch.spans = packing.spans;
  batch.row_lengths = packing.row_lengths;
  return batch;
}

TokenBatch make_batch(const std::vector<std::vector<int32_t>>& rows) {
  std::vector<TestGroup> groups;
  for (const std::vector<int32_t>& ids : rows) groups.push_back({{ids, {}}});
  return make_batch(groups);
}

}  // namespace laurel
