// Splits a micro-batch into the tokens of each worker.
#include "model/worker_tokens.h"

#include <ATen/ops/tensor.h>

#include "model/dropout.h"
#include "ops/cuda/device.h"

namespace laurel {

namespace {

WorkerTokens part_of(const TokenBatch& tokens, const at::Tensor& position_ids,
                     const WorkerPart& range) {
  WorkerTokens part;
  const int64_t count = range.token_end - range.token_begin;
  part.ids = tokens.ids.narrow(0, range.token_begin, count);
  part.position_ids = position_ids.narrow(0, range.token_begin, count);
  if (tokens.token_types.defined()) {
    part.token_types = tokens.token_types.narrow(0, range.token_begin, count);
  }
  int64_t covered = 0;
  for (int32_t i = range.span_begin; i < range.span_end; ++i) {
    Span span = tokens.spans[i];
    TORCH_INTERNAL_ASSERT(span.length > 0 && span.prefix < i);
    TORCH_INTERNAL_ASSERT(span.prefix < 0 || (span.prefix >= range.span_begin &&
                                              tokens.spans[span.prefix].prefix < 0));
    span.begin -= range.token_begin;
    if (span.prefix >= 0) span.prefix -= range.span_begin;
    covered += span.length;
    part.spans.push_back(span);
  }
  TORCH_INTERNAL_ASSERT(covered == count, "every token of a worker belongs to one of its spans");
  return part;
}

void move(WorkerTokens& part, at::Device device) {
  part.ids = to_device(part.ids, device);
  part.position_ids = to_device(part.position_ids, device);
  if (part.token_types.defined()) part.token_types = to_device(part.token_types, device);
  part.pool_index = to_device(part.pool_index, device);
  part.flash_keys = flash_keys(part.spans, device);
}

}  // namespace

std::vector<WorkerTokens> worker_tokens(const TokenBatch& tokens, const at::Tensor& position_ids,
                                        const at::Tensor& weights) {
  const int32_t* const begin = tokens.pool_begin.const_data_ptr<int32_t>();
  const int32_t* const end = tokens.pool_end.const_data_ptr<int32_t>();
  const int64_t positions = tokens.pool_begin.size(0);
  std::vector<WorkerTokens> worker_parts;
  int64_t position = 0, pooled = 0, covered = 0;
  for (const WorkerPart& range : tokens.worker_parts) {
    WorkerTokens part = part_of(tokens, position_ids, range);
    std::vector<int64_t> index;
    for (; position < positions && begin[position] < range.token_end; ++position) {
      TORCH_INTERNAL_ASSERT(begin[position] >= range.token_begin &&
                            end[position] <= range.token_end);
      TORCH_INTERNAL_ASSERT(begin[position] < end[position]);
      for (int32_t t = begin[position]; t < end[position]; ++t)
        index.push_back(t - range.token_begin);
    }
    part.pool_index = at::tensor(index, at::kLong);
    part.pool_offset = pooled;
    pooled += static_cast<int64_t>(index.size());
    covered += part.ids.size(0);
    if (on_cuda(weights)) move(part, weights.device());
    worker_parts.push_back(std::move(part));
  }
  TORCH_INTERNAL_ASSERT(position == positions && covered == tokens.ids.size(0),
                        "worker parts cover the batch");
  return worker_parts;
}

void add_dropout_rows(WorkerTokens& part, const TokenBatch& tokens, size_t worker, bool causal) {
  std::span<const uint64_t> prompts = tokens.prompts;
  if (!prompts.empty()) {
    prompts = prompts.subspan(static_cast<size_t>(tokens.worker_parts[worker].span_begin),
                              part.spans.size());
  }
  part.dropout_rows = dropout_rows(part.ids, part.spans, prompts, causal);
  const int64_t* const pooled = part.pool_index.const_data_ptr<int64_t>();
  for (int64_t i = 0; i < part.pool_index.size(0); ++i) {
    part.pooled_dropout_rows.push_back(part.dropout_rows[static_cast<size_t>(pooled[i])]);
  }
}

std::vector<uint64_t> position_dropout_rows(const TokenBatch& tokens,
                                            const std::vector<WorkerTokens>& parts) {
  std::vector<uint64_t> pooled, rows;
  for (const WorkerTokens& part : parts) {
    pooled.insert(pooled.end(), part.pooled_dropout_rows.begin(), part.pooled_dropout_rows.end());
  }
  const int32_t* const begin = tokens.pool_begin.const_data_ptr<int32_t>();
  const int32_t* const end = tokens.pool_end.const_data_ptr<int32_t>();
  size_t first = 0;
  for (int64_t position = 0; position < tokens.pool_begin.size(0); ++position) {
    rows.push_back(pooled[first]);
    first += static_cast<size_t>(end[position] - begin[position]);
  }
  return rows;
}

int64_t pool_count(const TokenBatch& tokens) {
  const int32_t* const begin = tokens.pool_begin.const_data_ptr<int32_t>();
  const int32_t* const end = tokens.pool_end.const_data_ptr<int32_t>();
  int64_t count = 0;
  for (int64_t position = 0; position < tokens.pool_begin.size(0); ++position)
    count += end[position] - begin[position];
  return count;
}

}  // namespace laurel
