// The JSON value of a file that need not be there.
#pragma once

#include <filesystem>
#include <optional>

#include "core/json.h"

namespace laurel {

// nullopt where there is no such file. Throws Error of the given kind as read_file() and
// parse_json().
std::optional<Json> read_json_if_there(const std::filesystem::path& file, ErrorKind kind);

}  // namespace laurel
