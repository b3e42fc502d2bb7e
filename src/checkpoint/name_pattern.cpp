// std::regex with its matcher that takes polynomial time, behind a bound on what it must build.
#include "checkpoint/name_pattern.h"

#include "core/error.h"
#include "core/str.h"

namespace laurel {

namespace {

// The matcher's depth grows with the states of the pattern.
constexpr uint64_t kMostStates = 2048;

// The length of the pattern, times all numbers of its counted repeats: {2,30} counts 2 * 30.
uint64_t states_of(std::string_view pattern) {
  uint64_t states = pattern.size();
  bool in_braces = false;
  uint64_t number = 0;
  for (const char c : pattern) {
    const bool digit = c >= '0' && c <= '9';
    if (in_braces && digit) number = std::min<uint64_t>(number * 10 + (c - '0'), kMostStates + 1);
    if (!digit && number > 0) {
      states = std::min<uint64_t>(states, kMostStates + 1) * number;
      number = 0;
    }
    if (c == '{') in_braces = true;
    if (c == '}') in_braces = false;
  }
  return states;
}

std::regex compiled(const std::string& pattern, const std::string& shown,
                    const std::string& where) {
  // libstdc++'s name of the matcher that hostile patterns cannot slow down.
  constexpr auto kFlags = std::regex_constants::ECMAScript | std::regex_constants::__polynomial;
  try {
    return std::regex(pattern, kFlags);
  } catch (const std::regex_error& error) {
    throw Error{ErrorKind::model,
                str(where, ": found the regular expression ", shown, ", which is not read here (",
                    error.what(),
                    "); write it with groups, classes, repeats and alternatives, or "
                    "as a list of names")};
  }
}

}  // namespace

NamePattern::NamePattern(const std::string& pattern, const std::string& where) {
  if (states_of(pattern) > kMostStates) {
    throw Error{ErrorKind::model, str(where, ": found a regular expression of ", pattern.size(),
                                      " characters, expected at most ", kMostStates,
                                      " with counted repeats written out; use a list of names")};
  }
  whole_ = compiled(pattern, pattern, where);
  end_ = compiled(str("(?:.*\\.)?(?:", pattern, ")$"), pattern, where);
}

bool NamePattern::matches(std::string_view name) const {
  return std::regex_match(name.begin(), name.end(), whole_);
}

bool NamePattern::matches_end(std::string_view name) const {
  return std::regex_search(name.begin(), name.end(), end_, std::regex_constants::match_continuous);
}

}  // namespace laurel
