// One worker's part of a micro-batch, in its own token numbers.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "data/batch.h"
#include "ops/cuda/flash.h"

namespace laurel {

struct LaneTokens {
  at::Tensor ids, positions;  // (T) int32, views of the batch's or copies on the device
  std::vector<Span> spans;
  at::Tensor read_index;          // (N) int64: the tokens that rows read, row by row
  int64_t first_read = 0;         // where they begin among the batch's
  std::optional<FlashKeys> keys;  // on CUDA
};

// Tensors are on the device of `weights`.
std::vector<LaneTokens> lane_tokens(const TokenBatch& tokens, const at::Tensor& weights);

// Tokens read by all rows of the batch.
int64_t read_count(const TokenBatch& tokens);

}  // namespace laurel
