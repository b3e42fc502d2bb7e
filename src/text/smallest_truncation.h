// Binary search for the smallest cut that makes a text short enough.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

namespace laurel {

// The smallest count in [1, most] for which `truncate_by` gives a value. Lengths in tokens need not
// fall with every code point cut, so a smaller count may fit too; what is returned always fits.
template <class Value>
std::optional<Value> smallest_truncation(
    int64_t most, const std::function<std::optional<Value>(int64_t)>& truncate_by) {
  if (most < 1) return std::nullopt;
  std::optional<Value> best = truncate_by(most);
  int64_t too_few = 0, enough = most;
  while (best && enough - too_few > 1) {
    const int64_t middle = too_few + (enough - too_few) / 2;
    if (auto value = truncate_by(middle)) {
      best = std::move(value);
      enough = middle;
    } else {
      too_few = middle;
    }
  }
  return best;
}

}  // namespace laurel
