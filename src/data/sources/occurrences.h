// How often something worth a warning occurs in the rows, and where first.
#pragma once

#include <cstdint>
#include <string>

namespace laurel {

struct Occurrences {
  int64_t count = 0;
  std::string first = {};  // "file:line"

  void add(const std::string& where) {
    if (count++ == 0) first = where;
  }
  // Of what follows.
  void add(const Occurrences& later) {
    if (count == 0) first = later.first;
    count += later.count;
  }

  void fields(auto& visit) {
    visit(count);
    visit(first);
  }
};

inline std::string first_of(const Occurrences& rows) { return ", the first: " + rows.first; }

}  // namespace laurel
