// Strict reading of one JSON object, for files that only this program writes.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/json.h"
#include "core/str.h"

namespace laurel {

// Each member is read by name; unread ones are unknown keys: an Error of the given kind that begins
// with `where`.
class StrictObject {
 public:
  StrictObject(const Json& object, std::string where, ErrorKind kind);
  explicit StrictObject(Json&&, std::string, ErrorKind) = delete;

  [[noreturn]] void refuse(const std::string& what) const;

  // nullptr if absent or null.
  const Json* find(const std::string& key);

  const Json& get(const std::string& key, const char* expected, bool (Json::*is)() const);
  const Json& list(const std::string& key) { return get(key, "a list", &Json::is_array); }
  std::string text(const std::string& key) { return get(key, "a string", &Json::is_string); }
  double number(const std::string& key) { return get(key, "a number", &Json::is_number); }
  int64_t integer(const std::string& key);
  std::vector<std::string> texts(const std::string& key);

  // The position among `names` of the word.
  template <class Names>
  size_t one_of(const std::string& key, const Names& names) {
    return choice_of(key, {names.begin(), names.end()});
  }

  // Refuses members that were not read.
  void finish() const;

 private:
  size_t choice_of(const std::string& key, const std::vector<std::string>& words);

  const Json& object_;
  std::string where_;
  ErrorKind kind_;
  std::set<std::string> known_;
};

}  // namespace laurel
