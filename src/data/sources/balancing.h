// Balanced sampling by a slice, and weights that match a stated population.
#pragma once

#include <cstdint>
#include <vector>

#include "data/sources/source.h"

namespace laurel {

// The groups of the train split by value of `balanced_by`, or all of them as one part.
std::vector<std::vector<int64_t>> sampling_parts(const SourceData& source);

// Multiplies the weights of the train split so that each value of `population_of` has its share of
// their sum, which stays.
// Throws Error (data) that names values without a share, and shares without rows.
void reweight_to_population(SourceData& source);

// Adds a note on what sampling and population do: values, and the effective number of groups,
// (sum w)^2 / sum w^2, where w is how often a group is taken times the sum of its weights.
void add_sampling_note(SourceData& source);

}  // namespace laurel
