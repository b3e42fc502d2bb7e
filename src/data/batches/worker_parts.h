// Splits the prompt groups of a micro-batch among the workers.
#pragma once

#include <cstdint>
#include <vector>

#include "data/prompt_group.h"

namespace laurel {

// One part per worker, of similar size, if every worker gets a group and enough tokens, and no part
// is so long that one part with threads inside its operations would be faster; else one part.
// A prompt group is split, and its prefix computed in both parts, where that shortens the longest
// part. Prompt groups and their groups keep their order in a part.
std::vector<std::vector<PromptGroup>> split_among_workers(
    const std::vector<PromptGroup>& prompt_groups, int64_t workers, const Pooling& pooling);

}  // namespace laurel
