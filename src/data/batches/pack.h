// Packs groups into micro-batches: concatenated without padding, each shared prefix once.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/batch.h"
#include "data/group.h"
#include "data/pooling.h"

namespace laurel {

struct PackOptions {
  int64_t tokens_per_micro_batch = 4096;  // computed tokens
  int64_t workers = 1;                    // parts of a micro-batch that has enough for all
  bool group_by_prompt = true;            // groups with one prompt_hash share its tokens
};

// In the order given, but with group_by_prompt the groups of a prompt follow the first of them: as
// one prompt group, where that computes fewer tokens. A micro-batch ends before the group that
// would exceed the budget of computed tokens, and a group that exceeds it alone is one of its own.
// A micro-batch
// has one part per worker or a single one (worker_parts.h); positions are in the order of parts,
// groups, responses. `labels` has one entry per source, in the order of their ids.
std::vector<Batch> pack(std::span<const Group* const> groups, const Pooling& pooling,
                        const PackOptions& options);

}  // namespace laurel
