// Parses the index and refuses file names that lead out of the folder.
#include "checkpoint/shard_index.h"

#include <algorithm>

#include "core/json.h"
#include "core/str.h"

namespace laurel {

bool is_shard_name(const std::string& name) {
  const auto forbidden = [](unsigned char c) { return c < 0x20 || c == '/' || c == '\\'; };
  return !name.empty() && name[0] != '.' && std::ranges::none_of(name, forbidden) &&
         name.ends_with(".safetensors");
}

std::map<std::string, std::string> parse_shard_index(const std::string& text,
                                                     const std::string& where) {
  const Json json = parse_json(text, where, ErrorKind::model);
  const auto map = json.find("weight_map");
  if (map == json.end() || !map->is_object()) {
    throw Error{ErrorKind::model, str(where,
                                      ": found no \"weight_map\", expected an object of tensor "
                                      "names and file names")};
  }
  std::map<std::string, std::string> files;
  for (const auto& [tensor, file] : map->items()) {
    if (!file.is_string() || !is_shard_name(file)) {
      throw Error{ErrorKind::model,
                  str(where, ": weight_map of ", tensor, ": found ", file.dump(),
                      ", expected the name of a .safetensors file in the same folder")};
    }
    files.emplace(tensor, file);
  }
  return files;
}

}  // namespace laurel
