// How much each labelled segment counts.
#pragma once

#include <vector>

#include "data/sources/row_loader.h"

namespace laurel {

// count_by group: the weights of a group's labelled segments are divided by how many there are.
void reweight_segments(std::vector<LoadedRow>& rows, const SourceOptions& options);

}  // namespace laurel
