// Strict reading of one JSON object.
#include "checkpoint/strict_object.h"

#include <algorithm>

namespace laurel {

StrictObject::StrictObject(const Json& object, std::string where, ErrorKind kind)
    : object_(object), where_(std::move(where)), kind_(kind) {
  if (!object.is_object()) refuse(str("found ", describe_json(object), ", expected an object"));
}

void StrictObject::refuse(const std::string& what) const {
  throw Error{kind_, str(where_, ": ", what)};
}

const Json* StrictObject::find(const std::string& key) {
  known_.insert(key);
  const auto found = object_.find(key);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

const Json& StrictObject::get(const std::string& key, const char* expected,
                              bool (Json::*is)() const) {
  const Json* found = find(key);
  if (!found || !(found->*is)()) {
    refuse(str("\"", key, "\": found ", found ? describe_json(*found) : "nothing", ", expected ",
               expected));
  }
  return *found;
}

int64_t StrictObject::integer(const std::string& key) {
  const Json& found = get(key, "an integer", &Json::is_number_integer);
  if (found.is_number_unsigned() && found.get<uint64_t>() > INT64_MAX) {
    refuse(str("\"", key, "\": found ", describe_json(found), ", expected a smaller one"));
  }
  return found;
}

std::vector<std::string> StrictObject::texts(const std::string& key) {
  std::vector<std::string> texts;
  for (const Json& text : get(key, "a list of strings", &Json::is_array)) {
    if (!text.is_string()) {
      refuse(str("\"", key, "\": found ", describe_json(text), ", expected a string"));
    }
    texts.push_back(text);
  }
  return texts;
}

size_t StrictObject::choice_of(const std::string& key, const std::vector<std::string>& words) {
  const std::string value = text(key);
  const auto found = std::ranges::find(words, value);
  if (found == words.end()) {
    refuse(str("\"", key, "\": found \"", value, "\", expected one of ", join(words, ", ")));
  }
  return static_cast<size_t>(found - words.begin());
}

void StrictObject::finish() const {
  for (const auto& [key, value] : object_.items()) {
    if (known_.contains(key)) continue;
    refuse(str("found the unknown key \"", key, "\"; was it written by a newer laurel?"));
  }
}

}  // namespace laurel
