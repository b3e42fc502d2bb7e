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
  bool group_by_prompt = true;            // groups with one prompt_hash share its tokens
};

// In the order given, but groups of one prompt behind the first of them if they are to share it: as
// one bundle, where that computes fewer tokens. A micro-batch ends before the group that would
// exceed the budget of computed tokens, and a group that exceeds it alone goes alone. A micro-batch
// has one lane per worker or a single one (lanes.h); rows are numbered by lane, group, response and
// read. `judged` has one entry per source of the micro-batch, in the order of their ids.
std::vector<Batch> pack(std::span<const Group* const> groups, const Reading& reading,
                        const PackOptions& options);

// All tokens of the group's rows, each with its prompt.
int64_t given_tokens(const Group& group);

// The tokens that pack() computes for a group that shares with no other: what its responses begin
// with once, and none behind the last read of a causal backbone.
int64_t computed_tokens(const Group& group, const Reading& reading);

// Sum of the weights of the group's units.
double weight_sum(const Group& group);

}  // namespace laurel
