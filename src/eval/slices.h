// An evaluation's slices: the main set of each, and which of them differ from the whole.
#pragma once

#include <vector>

#include "eval/evaluate.h"
#include "eval/metric_sets.h"

namespace laurel {

// Of every slice field of the split. `all` are the outcomes of all groups.
void add_slices(const Split& split, const Predictions& predictions, const SplitOutcomes& all,
                const SetOptions& options, Evaluation& evaluation);

}  // namespace laurel
