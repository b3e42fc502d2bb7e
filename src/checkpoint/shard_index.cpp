// Parses the index and refuses file names that lead out of the folder.
#include "checkpoint/shard_index.h"

#include <algorithm>

#include "core/option_reader.h"
#include "core/str.h"

namespace laurel {

bool is_shard_name(const std::string& name) {
  const auto forbidden = [](unsigned char c) { return c < 0x20 || c == '/' || c == '\\'; };
  return !name.empty() && name[0] != '.' && std::ranges::none_of(name, forbidden) &&
         name.ends_with(".safetensors");
}

namespace {

// Of a file that others write: its other members, "metadata", say nothing that is needed.
struct ShardIndex {
  std::map<std::string, std::string> weight_map;
  void fields(auto& visit) { visit("weight_map", weight_map); }
};

void check_shard_names(const ShardIndex& index, Problems& problems) {
  for (const auto& [tensor, file] : index.weight_map) {
    if (is_shard_name(file)) continue;
    problems.add(str("weight_map.", tensor),
                 str("found ", Json(file).dump(-1, ' ', false, Json::error_handler_t::replace),
                     ", expected the name of a .safetensors file in the same folder"));
  }
}

}  // namespace

std::map<std::string, std::string> parse_shard_index(const std::string& text,
                                                     const std::string& where) {
  const Json json = parse_json(text, where, ErrorKind::model);
  Json own = Json::object();
  if (json.is_object() && json.contains("weight_map")) own["weight_map"] = json["weight_map"];
  return read_file_json<ShardIndex>(json.is_object() ? own : json, where, ErrorKind::model,
                                    check_shard_names)
      .weight_map;
}

}  // namespace laurel
