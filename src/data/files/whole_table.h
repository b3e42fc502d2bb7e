// JSON files that hold a whole table in one object, which is no row.
#pragma once

#include <optional>
#include <string>

#include "core/json.h"

namespace laurel {

// What the only object of a file is, if it is a table as pandas and others write one, and how to write
// its rows; "found an object of columns ..., expected ...". None for a row.
std::optional<std::string> whole_table_problem(const Json& object);

}  // namespace laurel
