// How much each judged segment counts.
#pragma once

#include <vector>

#include "data/rows.h"

namespace laurel {

// count_by group: the weights of a group's judged segments are divided by how many there are.
void weigh_segments(std::vector<LoadedRow>& rows, const SourceOptions& options);

}  // namespace laurel
