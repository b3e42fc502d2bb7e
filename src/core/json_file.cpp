// Reads and parses in one.
#include "core/json_file.h"

#include "core/files.h"

namespace laurel {

std::optional<Json> read_json_if_there(const std::filesystem::path& file, ErrorKind kind) {
  if (!path_exists(file, kind)) return std::nullopt;
  return parse_json(read_file(file, kind), file.string(), kind);
}

}  // namespace laurel
