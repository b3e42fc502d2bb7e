// What a source may be called.
#pragma once

#include <algorithm>
#include <string>

namespace laurel {

// One or more of a-z, 0-9 and _.
inline bool is_source_name(const std::string& name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), allowed);
}

}  // namespace laurel
