// model.safetensors.index.json: which file of a folder holds which tensor.
#pragma once

#include <map>
#include <string>

namespace laurel {

// "model-00001-of-00002.safetensors": a file of the same folder and nothing else.
bool is_shard_name(const std::string& name);

// File names by tensor name; each is plain. `where` is the path of the index. Throws Error (model).
std::map<std::string, std::string> parse_shard_index(const std::string& text,
                                                     const std::string& where);

}  // namespace laurel
