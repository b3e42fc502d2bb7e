// A regular expression of a file that Python wrote, matched against the name of a module.
#pragma once

#include <regex>
#include <string>
#include <string_view>

namespace laurel {

class NamePattern {
 public:
  // What Python's re and ECMAScript share: groups, classes, repeats, alternatives, lookahead. Throws
  // Error (model) that starts with `where` for anything else, and for a pattern that is so long, or
  // counts so many repeats, that matching it could take all memory.
  NamePattern(const std::string& pattern, const std::string& where);

  // re.fullmatch
  bool matches(std::string_view name) const;

  // re.match of "(.*\.)?(PATTERN)$": the name or its last parts.
  bool matches_end(std::string_view name) const;

 private:
  std::regex whole_, end_;
};

}  // namespace laurel
