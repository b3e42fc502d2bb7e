// Rows sorted by key; a stable sort keeps their order within a key.
#include "ops/cuda/segments.h"

#include <algorithm>
#include <numeric>

namespace laurel {

Segments segments_of(std::span<const int32_t> keys) {
  Segments segments;
  segments.order.resize(keys.size());
  std::iota(segments.order.begin(), segments.order.end(), 0);
  std::ranges::stable_sort(segments.order, {}, [&](int32_t row) { return keys[row]; });
  for (size_t i = 0; i < keys.size(); ++i) {
    const int32_t key = keys[segments.order[i]];
    if (!segments.target.empty() && segments.target.back() == key) continue;
    segments.target.push_back(key);
    segments.begin.push_back(static_cast<int32_t>(i));
  }
  segments.begin.push_back(static_cast<int32_t>(keys.size()));
  return segments;
}

}  // namespace laurel
