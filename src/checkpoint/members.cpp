// Strict reading of objects.
#include "checkpoint/members.h"

#include <algorithm>

namespace laurel {

Members::Members(const Json& object, std::string where, ErrorKind kind)
    : object_(object), where_(std::move(where)), kind_(kind) {
  if (!object.is_object()) refuse(str("found ", kind_of(object), ", expected an object"));
}

void Members::refuse(const std::string& what) const { throw Error{kind_, str(where_, ": ", what)}; }

const Json* Members::find(const std::string& key) {
  known_.insert(key);
  const auto found = object_.find(key);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

const Json& Members::get(const std::string& key, const char* expected, bool (Json::*is)() const) {
  const Json* found = find(key);
  if (!found || !(found->*is)()) {
    refuse(
        str("\"", key, "\": found ", found ? kind_of(*found) : "nothing", ", expected ", expected));
  }
  return *found;
}

int64_t Members::integer(const std::string& key) {
  const Json& found = get(key, "an integer", &Json::is_number_integer);
  if (found.is_number_unsigned() && found.get<uint64_t>() > INT64_MAX) {
    refuse(str("\"", key, "\": found ", kind_of(found), ", expected a smaller one"));
  }
  return found;
}

std::vector<std::string> Members::texts(const std::string& key) {
  std::vector<std::string> texts;
  for (const Json& text : get(key, "a list of strings", &Json::is_array)) {
    if (!text.is_string()) {
      refuse(str("\"", key, "\": found ", kind_of(text), ", expected a string"));
    }
    texts.push_back(text);
  }
  return texts;
}

size_t Members::one_of_words(const std::string& key, const std::vector<std::string>& words) {
  const std::string value = text(key);
  const auto found = std::ranges::find(words, value);
  if (found == words.end()) {
    refuse(str("\"", key, "\": found \"", value, "\", expected one of ", join(words, ", ")));
  }
  return static_cast<size_t>(found - words.begin());
}

void Members::finish() const {
  for (const auto& [key, value] : object_.items()) {
    if (known_.contains(key)) continue;
    refuse(str("found the unknown key \"", key, "\"; was it written by a newer laurel?"));
  }
}

}  // namespace laurel
