// Groups messages by what they say apart from places and values.
#include "data/sources/bad_rows.h"

#include <algorithm>
#include <functional>

#include "core/str.h"

namespace laurel {

namespace {

constexpr size_t kShownRows = 10, kShownKinds = 10;

// What a message says without its place, its numbers and what was found where something else was
// expected: equal for rows with the same mistake.
std::string kind_of(const std::string& where, const std::string& error) {
  std::string text = error.starts_with(where) ? error.substr(where.size()) : error;
  text.erase(0, text.find_first_not_of(": "));
  const size_t found = text.find("found "), expected = text.find(", expected ");
  const bool missing = text.substr(0, expected).find("found no ") != text.npos;
  if (found != text.npos && expected != text.npos && found < expected && !missing) {
    text.replace(found, expected - found, "found another value");
  }
  std::string kind;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit) kind += c;
    if (digit && !kind.ends_with('#')) kind += '#';
  }
  constexpr size_t kMost = 160;
  return kind.size() <= kMost ? kind : kind.substr(0, kMost) + "...";
}

}  // namespace

void BadRows::add(const std::string& where, const std::string& error) {
  ++count_;
  ++kinds_[kind_of(where, error)];
  if (first_.size() < kShownRows) first_.push_back(error);
}

void BadRows::add(const BadRows& later) {
  count_ += later.count_;
  for (const auto& [kind, count] : later.kinds_) kinds_[kind] += count;
  for (const std::string& error : later.first_) {
    if (first_.size() < kShownRows) first_.push_back(error);
  }
}

std::string BadRows::text() const {
  std::string text = str(", the first:\n  ", join(first_, "\n  "));
  if (count_ <= 1) return text;
  std::vector<std::pair<std::string, int64_t>> kinds(kinds_.begin(), kinds_.end());
  std::ranges::stable_sort(kinds, std::ranges::greater{}, &std::pair<std::string, int64_t>::second);
  text += "\nby kind:";
  for (size_t i = 0; i < std::min(kinds.size(), kShownKinds); ++i) {
    text += str("\n  ", kinds[i].second, " ", kinds[i].first);
  }
  if (kinds.size() > kShownKinds) {
    text += str("\n  and ", kinds.size() - kShownKinds, " more kinds");
  }
  return text;
}

}  // namespace laurel
