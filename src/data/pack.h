// Packs groups one behind the other into micro-batches without padding, each shared prefix once.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/batch.h"
#include "data/group.h"
#include "data/reading.h"

namespace laurel {

struct PackOptions {
  int64_t tokens_per_micro_batch = 4096;  // computed ones
  int64_t workers = 1;                    // lanes of a micro-batch that has enough for all
};

// In the order given; a micro-batch ends before the group that would exceed the budget of computed
// tokens, and a group that exceeds it alone goes alone. A micro-batch has one lane per worker if
// every worker gets a group and enough tokens, else a single one; groups go to lanes so that these
// are of like size, and rows are numbered by lane, group, response and read. `judged` has one
// entry per source of the micro-batch, in the order of their ids.
std::vector<Batch> pack(std::span<const Group* const> groups, const Reading& reading,
                        const PackOptions& options);

// All tokens of the group's rows, each with its prompt.
int64_t given_tokens(const Group& group);

// The tokens that all responses of a group begin with, ended before the first read of any, so that
// every response owns its reads. 0 for a single response and where prompts cannot be shared.
int32_t shared_prefix(const Group& group, const Reading& reading);

// The tokens that pack() computes for it: the shared prefix once, and none behind the last read of
// a causal backbone.
int64_t computed_tokens(const Group& group, const Reading& reading);

// Sum of the weights of the group's units.
double weight_sum(const Group& group);

}  // namespace laurel
