// Cuts a micro-batch along its lanes.
#include "model/lane_tokens.h"

#include <ATen/ops/tensor.h>

#include "ops/cuda/device.h"

namespace laurel {

namespace {

LaneTokens part_of(const TokenBatch& tokens, const Lane& lane) {
  LaneTokens part;
  const int64_t count = lane.token_end - lane.token_begin;
  part.ids = tokens.ids.narrow(0, lane.token_begin, count);
  part.positions = tokens.positions.narrow(0, lane.token_begin, count);
  int64_t covered = 0;
  for (int32_t i = lane.span_begin; i < lane.span_end; ++i) {
    Span span = tokens.spans[i];
    TORCH_INTERNAL_ASSERT(span.length > 0 && span.prefix < i);
    TORCH_INTERNAL_ASSERT(span.prefix < 0 ||
                          (span.prefix >= lane.span_begin && tokens.spans[span.prefix].prefix < 0));
    span.begin -= lane.token_begin;
    if (span.prefix >= 0) span.prefix -= lane.span_begin;
    covered += span.length;
    part.spans.push_back(span);
  }
  TORCH_INTERNAL_ASSERT(covered == count, "every token of a lane belongs to one of its spans");
  return part;
}

void move(LaneTokens& part, at::Device device) {
  part.ids = to_device(part.ids, device);
  part.positions = to_device(part.positions, device);
  part.read_index = to_device(part.read_index, device);
  part.keys = flash_keys(part.spans, device);
}

}  // namespace

std::vector<LaneTokens> lane_tokens(const TokenBatch& tokens, const at::Tensor& weights) {
  const int32_t* const begin = tokens.read_begin.const_data_ptr<int32_t>();
  const int32_t* const end = tokens.read_end.const_data_ptr<int32_t>();
  const int64_t rows = tokens.read_begin.size(0);
  std::vector<LaneTokens> lanes;
  int64_t row = 0, reads = 0, covered = 0;
  for (const Lane& lane : tokens.lanes) {
    LaneTokens part = part_of(tokens, lane);
    std::vector<int64_t> index;
    for (; row < rows && begin[row] < lane.token_end; ++row) {
      TORCH_INTERNAL_ASSERT(begin[row] >= lane.token_begin && end[row] <= lane.token_end);
      TORCH_INTERNAL_ASSERT(begin[row] < end[row]);
      for (int32_t t = begin[row]; t < end[row]; ++t) index.push_back(t - lane.token_begin);
    }
    part.read_index = at::tensor(index, at::kLong);
    part.first_read = reads;
    reads += static_cast<int64_t>(index.size());
    covered += part.ids.size(0);
    if (on_cuda(weights)) move(part, weights.device());
    lanes.push_back(std::move(part));
  }
  TORCH_INTERNAL_ASSERT(row == rows && covered == tokens.ids.size(0), "lanes cover the batch");
  return lanes;
}

int64_t read_count(const TokenBatch& tokens) {
  const int32_t* const begin = tokens.read_begin.const_data_ptr<int32_t>();
  const int32_t* const end = tokens.read_end.const_data_ptr<int32_t>();
  int64_t count = 0;
  for (int64_t row = 0; row < tokens.read_begin.size(0); ++row) count += end[row] - begin[row];
  return count;
}

}  // namespace laurel
