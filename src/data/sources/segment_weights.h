// How much each labelled segment counts.
#pragma once

#include "data/group.h"

namespace laurel {

// count_by group: the weights of a group's labelled segments are divided by how many there are.
void reweight_segments(Ratings& ratings);

}  // namespace laurel
