// A value with its interval.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>

namespace laurel {

// Whether an interval leaves out 0 by more than rounding does: 1e-12 of its bounds, or of `scale`, the
// size of the numbers whose difference it is of.
inline bool excludes_0(double low, double high, double scale = 0) {
  const double rounding = 1e-12 * std::max({std::abs(low), std::abs(high), std::abs(scale)});
  return low > rounding || high < -rounding;
}

struct Interval {
  double low, high;
};

// Undefined, or without an interval: nullopt, null in JSON.
struct Estimate {
  std::optional<double> value = {}, low = {}, high = {};

  bool excludes_0(double scale = 0) const {
    return low && high && laurel::excludes_0(*low, *high, scale);
  }

  void fields(auto& visit) {
    visit("value", value);
    visit("low", low);
    visit("high", high);
  }
};

// What is undefined has no interval.
inline Estimate estimate_of(const std::optional<double>& value,
                            const std::optional<Interval>& interval) {
  if (!value || !interval) return {.value = value};
  return {.value = value, .low = interval->low, .high = interval->high};
}

}  // namespace laurel
