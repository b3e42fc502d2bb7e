// Shares as text.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

namespace laurel {

// "12.3 %" of 0.123
inline std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f %%", 100 * share);
  return text;
}

// Of a part of all.
inline std::string percent(int64_t part, int64_t all) {
  return percent(static_cast<double>(part) / static_cast<double>(all));
}

}  // namespace laurel
