// Packs groups span by span.
#include "support/batches.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace laurel {

namespace {

Read read_of(const TestRow& row) {
  const auto length = static_cast<int32_t>(row.ids.size());
  return row.read.value_or(Read{length - 1, length});
}

int32_t common_prefix(const TestGroup& group) {
  int32_t length = read_of(group.front()).begin;
  for (const TestRow& row : group) {
    const auto [here, there] = std::ranges::mismatch(row.ids, group.front().ids);
    length = std::min({length, read_of(row).begin, static_cast<int32_t>(here - row.ids.begin())});
  }
  return group.size() > 1 ? length : 0;
}

struct Packing {
  std::vector<int32_t> ids, positions, read_begin, read_end;
  std::vector<Span> spans;
  std::vector<Lane> lanes;

  void begin_lane() {
    const auto token = static_cast<int32_t>(ids.size()), span = static_cast<int32_t>(spans.size());
    lanes.push_back({token, token, span, span});
  }

  void end_lane() {
    lanes.back().token_end = static_cast<int32_t>(ids.size());
    lanes.back().span_end = static_cast<int32_t>(spans.size());
  }

  // Tokens [begin, end) of a row, continuing span `prefix`.
  void add_span(const TestRow& row, int32_t begin, int32_t end, int32_t prefix) {
    spans.push_back({static_cast<int32_t>(ids.size()), end - begin, prefix});
    for (int32_t i = begin; i < end; ++i) {
      ids.push_back(row.ids[i]);
      positions.push_back(i);
    }
  }

  void add_group(const TestGroup& group, int32_t shared) {
    const auto prefix = static_cast<int32_t>(spans.size());
    if (shared > 0) add_span(group.front(), 0, shared, -1);
    for (const TestRow& row : group) {
      const int32_t offset = static_cast<int32_t>(ids.size()) - shared;
      read_begin.push_back(offset + read_of(row).begin);
      read_end.push_back(offset + read_of(row).end);
      add_span(row, shared, static_cast<int32_t>(row.ids.size()), shared > 0 ? prefix : -1);
    }
  }
};

}  // namespace

TokenBatch make_batch(const std::vector<TestGroup>& groups, Share share, size_t lanes) {
  Packing packing;
  for (size_t i = 0; i < groups.size(); ++i) {
    if (i < lanes) packing.begin_lane();
    packing.add_group(groups[i], share == Share::yes ? common_prefix(groups[i]) : 0);
    packing.end_lane();
  }
  TokenBatch batch;
  batch.ids = at::tensor(packing.ids, at::kInt);
  batch.positions = at::tensor(packing.positions, at::kInt);
  batch.read_begin = at::tensor(packing.read_begin, at::kInt);
  batch.read_end = at::tensor(packing.read_end, at::kInt);
  batch.lanes = packing.lanes;
  batch.spans = packing.spans;
  return batch;
}

TokenBatch make_batch(const std::vector<std::vector<int32_t>>& rows) {
  std::vector<TestGroup> groups;
  for (const std::vector<int32_t>& ids : rows) groups.push_back({{ids, {}}});
  return make_batch(groups);
}

}  // namespace laurel
