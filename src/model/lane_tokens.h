// One worker's part of a micro-batch, in its own token numbers.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "data/batch.h"

namespace laurel {

struct LaneTokens {
  at::Tensor ids, positions;  // (T) int32, views of the batch's
  std::vector<Span> spans;
  at::Tensor read_index;   // (N) int64: the tokens that rows read, row by row
  int64_t first_read = 0;  // where they begin among the batch's
};

std::vector<LaneTokens> lane_tokens(const TokenBatch& tokens);

// Tokens read by all rows of the batch.
int64_t read_count(const TokenBatch& tokens);

}  // namespace laurel
