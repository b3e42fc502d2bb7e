// A value with its interval.
#pragma once

#include <optional>

namespace laurel {

// Undefined, or without an interval: nullopt, null in JSON.
struct Estimate {
  std::optional<double> value = {}, low = {}, high = {};

  bool excludes_0() const { return low && high && (*low > 0 || *high < 0); }

  void fields(auto& visit) {
    visit("value", value);
    visit("low", low);
    visit("high", high);
  }
};

}  // namespace laurel
