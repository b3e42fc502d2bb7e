// Packs groups one behind the other into micro-batches without padding.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/batch.h"
#include "data/group.h"
#include "data/reading.h"

namespace laurel {

// In the order given; a micro-batch ends before the group that would exceed the budget of computed
// tokens, and a group that exceeds it alone goes alone. Rows are numbered by group, response and
// read; `judged` has one entry per source of the micro-batch, in the order of their ids.
std::vector<Batch> pack(std::span<const Group* const> groups, const Reading& reading,
                        int64_t tokens_per_micro_batch);

// All tokens of the group's rows, each with its prompt.
int64_t given_tokens(const Group& group);

// The tokens that pack() computes for it: none behind the last read of a causal backbone.
int64_t computed_tokens(const Group& group, const Reading& reading);

// Sum of the weights of the group's units.
double weight_sum(const Group& group);

}  // namespace laurel
