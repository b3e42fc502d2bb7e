// Divides the bundles of a micro-batch among the workers.
#pragma once

#include <cstdint>
#include <vector>

#include "data/bundle.h"

namespace laurel {

// One lane per worker, of like size, if every worker gets a group and enough tokens and no lane is
// so long that threads inside the operations of a single lane would be done earlier; else that
// single lane. A bundle is cut in two, and what it shares computed in both lanes, where that
// shortens the longest one. Bundles and their groups keep their order in a lane.
std::vector<std::vector<Bundle>> lanes_of(const std::vector<Bundle>& bundles, int64_t workers,
                                          const Reading& reading);

}  // namespace laurel
