// Reads strings and lists of strings, and refuses everything else by name.
#include "eval/benchmarks/benchmark_fields.h"

#include <algorithm>

#include "core/error.h"
#include "core/str.h"

namespace laurel {

void BenchmarkFields::fail(const std::string& found) const {
  throw Error{ErrorKind::data,
              str(where_, ": found ", found, ", expected a row of ", benchmark_, ": ", layout_)};
}

const Json& BenchmarkFields::required(const std::string& name) const {
  const auto found = row_.find(name);
  if (found != row_.end()) return *found;
  std::vector<std::string> names;
  for (const auto& field : row_.items()) names.push_back(field.key());
  fail(str("no \"", name, "\" (fields: ", join(names, ", "), ")"));
}

std::string BenchmarkFields::text_of(const Json& value, const std::string& what) const {
  if (!value.is_string()) fail(str(describe_json(value), " for ", what));
  return value.get<std::string>();
}

std::string BenchmarkFields::text(const std::string& name) const {
  return text_of(required(name), str("\"", name, "\""));
}

std::string BenchmarkFields::id(const std::string& name) const {
  const auto found = row_.find(name);
  if (found == row_.end() || found->is_null()) return "";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

const Json& BenchmarkFields::list(const std::string& name) const {
  const Json& value = required(name);
  if (!value.is_array()) fail(str(describe_json(value), " for \"", name, "\""));
  if (value.empty()) fail(str("an empty list for \"", name, "\""));
  return value;
}

std::vector<std::string> BenchmarkFields::texts(const std::string& name) const {
  std::vector<std::string> texts;
  for (const Json& element : list(name)) {
    texts.push_back(text_of(element, str("\"", name, "[", texts.size(), "]\"")));
  }
  return texts;
}

std::string BenchmarkFields::text_in(const std::string& name, const std::string& member) const {
  const Json& value = required(name);
  if (!value.is_object()) fail(str(describe_json(value), " for \"", name, "\""));
  return BenchmarkFields(value, where_, benchmark_, layout_).text(member);
}

std::vector<std::string> BenchmarkFields::texts_in(const std::string& name,
                                                   const std::string& member) const {
  std::vector<std::string> texts;
  for (const Json& element : list(name)) {
    if (!element.is_object()) {
      fail(str(describe_json(element), " for \"", name, "[", texts.size(), "]\""));
    }
    texts.push_back(BenchmarkFields(element, where_, benchmark_, layout_).text(member));
  }
  return texts;
}

size_t BenchmarkFields::one_of(const std::string& name, const std::string& text,
                               std::span<const std::string> names) const {
  const auto found = std::ranges::find(names, text);
  if (found != names.end()) return static_cast<size_t>(found - names.begin());
  const std::vector<std::string> all(names.begin(), names.end());
  throw Error{ErrorKind::data,
              str(where_, ": found the ", name, " \"", text, "\"", did_you_mean(text, all),
                  ", expected one of ", benchmark_, "'s: ", join(all, ", "))};
}

}  // namespace laurel
