// One worker's part of a micro-batch, in its own token numbers.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "data/batch.h"
#include "ops/cuda/flash.h"

namespace laurel {

struct WorkerTokens {
  // (T) int32, views of the batch's or copies on the device; token_types may be undefined.
  // position_ids are rows of the family's tables of positions: where the row's length chooses one of
  // several, not the positions.
  at::Tensor ids, position_ids, token_types;
  std::vector<Span> spans;
  at::Tensor pool_index;    // (N) int64: the tokens that positions pool, position by position
  int64_t pool_offset = 0;  // where they begin among the batch's
  std::optional<FlashKeys> flash_keys;  // on CUDA
  // Where the pass drops something: hashes (T) of tokens, and (N) of the pooled ones.
  std::vector<uint64_t> dropout_rows, pooled_dropout_rows;
};

// `position_ids` (T): of the batch's tokens (table_rows). Tensors are on the device of `weights`.
std::vector<WorkerTokens> worker_tokens(const TokenBatch& tokens, const at::Tensor& position_ids,
                                        const at::Tensor& weights);

// Fills the hashes of `part`, worker number `worker` of the batch.
void add_dropout_rows(WorkerTokens& part, const TokenBatch& tokens, size_t worker, bool causal);

// Of the first token that each position pools: hashes (P), of parts that have theirs.
std::vector<uint64_t> position_dropout_rows(const TokenBatch& tokens,
                                            const std::vector<WorkerTokens>& parts);

// Tokens pooled by all positions of the batch.
int64_t pool_count(const TokenBatch& tokens);

}  // namespace laurel
