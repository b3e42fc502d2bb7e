// Every form is told from a row by its members' names and kinds alone.
#include "data/files/whole_table.h"

#include <algorithm>

#include "core/str.h"

namespace laurel {

namespace {

constexpr const char* kFromPandas =
    "; pandas' to_json(FILE, orient=\"records\", lines=True) writes one object per line";

bool has_lists(const Json& object, std::initializer_list<const char*> names) {
  return std::ranges::all_of(names, [&](const char* name) {
    const auto member = object.find(name);
    return member != object.end() && member->is_array();
  });
}

// Whether the keys count from 0, as pandas numbers rows.
bool counts(const Json& object) {
  size_t expected = 0;
  for (const auto& [key, value] : object.items()) {
    if (key != std::to_string(expected++)) return false;
  }
  return expected > 0;
}

bool are_objects(const Json& object) {
  return std::ranges::all_of(object, [](const Json& member) { return member.is_object(); });
}

bool are_columns(const Json& object) {
  const size_t rows = object.front().size();
  return std::ranges::all_of(
      object, [&](const Json& column) { return column.size() == rows && counts(column); });
}

}  // namespace

std::optional<std::string> whole_table_problem(const Json& object) {
  if (!object.is_object() || object.empty()) return std::nullopt;
  const std::string expected = str(", expected one object per row", kFromPandas);
  if (has_lists(object, {"columns", "index", "data"})) {
    return str(
        "found a whole table in one object (\"columns\", \"index\" and \"data\", as pandas' "
        "orient=\"split\" writes it)",
        expected);
  }
  if (object.contains("schema") && has_lists(object, {"data"})) {
    return str(
        "found a whole table in one object (\"schema\" and \"data\", as pandas' "
        "orient=\"table\" writes it)",
        expected);
  }
  if (object.size() == 1 && has_lists(object, {"data"})) {
    return "found the rows in a list \"data\" inside an object, expected the list alone, or one "
           "object per line; jq -c '.data[]' FILE writes its rows as lines";
  }
  if (!are_objects(object)) return std::nullopt;
  if (are_columns(object)) {
    return str("found an object of columns (", Json(object.begin().key()).dump(),
               ": {\"0\": ...}, as "
               "pandas' to_json() writes it)",
               expected);
  }
  if (counts(object)) {
    return str("found an object of rows (\"0\": {...}, as pandas' orient=\"index\" writes it)",
               expected);
  }
  return std::nullopt;
}

}  // namespace laurel
