// Which rows share a key: what segment sums walk.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace laurel {

// Segment s holds the rows order[begin[s]] .. order[begin[s + 1] - 1], in rising order: those whose
// key is target[s]. Targets rise.
struct Segments {
  std::vector<int32_t> target, begin, order;
};
Segments segments_of(std::span<const int32_t> keys);

}  // namespace laurel
