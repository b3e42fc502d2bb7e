// The attention plan of a packed batch: which keys each query sees, as integers.
#pragma once

#include <span>
#include <vector>

#include "data/batch.h"
#include "data/group.h"

namespace laurel {

// `reads` are the token ranges of the batch's rows, in the order of the spans that hold them. A
// span stands behind its prefix, and a prefix has none itself.
AttentionPlan attention_plan(std::vector<Span> spans, std::span<const Read> reads);

}  // namespace laurel
