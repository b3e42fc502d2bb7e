// The tensors of a folder as one set, whichever files they lie in.
#include <algorithm>
#include <set>

#include "checkpoint/safetensors.h"
#include "core/files.h"
#include "core/json.h"
#include "core/str.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

// "model-00001-of-00002.safetensors": a file of the same folder and nothing else.
bool is_plain_name(const std::string& name) {
  const auto forbidden = [](unsigned char c) { return c < 0x20 || c == '/' || c == '\\'; };
  return !name.empty() && name[0] != '.' && std::ranges::none_of(name, forbidden) &&
         name.ends_with(".safetensors");
}

[[noreturn]] void no_tensors(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string end = entry.path().extension();
    if (end != ".bin" && end != ".pt" && end != ".pth" && end != ".ckpt") continue;
    throw Error{
        ErrorKind::model,
        str(folder, ": found ", entry.path().filename(),
            ", expected model.safetensors. Pickle files can run code and are not read; convert "
            "them once in Python: AutoModel.from_pretrained(FOLDER).save_pretrained(NEW_FOLDER)")};
  }
  throw Error{ErrorKind::model,
              str(folder,
                  ": found neither model.safetensors nor model.safetensors.index.json, "
                  "expected a Hugging Face model folder")};
}

}  // namespace

TensorFolder::TensorFolder(const fs::path& folder) {
  std::error_code ignored;
  if (fs::exists(folder / "model.safetensors", ignored)) {
    files_.emplace_back(folder / "model.safetensors");
    for (const TensorInfo& tensor : files_[0].tensors()) file_of_.emplace(tensor.name, 0);
  } else if (fs::exists(folder / "model.safetensors.index.json", ignored)) {
    add_shards(folder / "model.safetensors.index.json");
  } else {
    no_tensors(folder);
  }
}

void TensorFolder::add_shards(const fs::path& index) {
  const auto refuse = [&](const std::string& found) -> Error {
    return {ErrorKind::model, str(index, ": ", found)};
  };
  const Json json = parse_json(read_file(index), index.string(), ErrorKind::model);
  const auto map = json.find("weight_map");
  if (map == json.end() || !map->is_object()) {
    throw refuse("found no \"weight_map\", expected an object of tensor names and file names");
  }
  std::set<std::string> names;
  for (const auto& [tensor, file] : map->items()) {
    if (!file.is_string() || !is_plain_name(file)) {
      throw refuse(str("weight_map of ", tensor, ": found ", file.dump(),
                       ", expected the name of a .safetensors file in the same folder"));
    }
    names.insert(file.get<std::string>());
  }
  for (const std::string& name : names) {
    std::error_code ignored;
    if (!fs::exists(index.parent_path() / name, ignored)) {
      throw refuse(str("names ", name, ", which is not there; download the model again"));
    }
    files_.emplace_back(index.parent_path() / name);
    for (const TensorInfo& tensor : files_.back().tensors()) {
      if (!file_of_.emplace(tensor.name, files_.size() - 1).second) {
        throw refuse(str("tensor ", tensor.name, " is in ", name, " and in another file as well"));
      }
    }
  }
  for (const auto& [tensor, file] : map->items()) {
    const auto found = file_of_.find(tensor);
    if (found == file_of_.end() ||
        files_[found->second].path().filename() != file.get<std::string>()) {
      throw refuse(str("tensor ", tensor, " is not in ", file.get<std::string>(), " as it says"));
    }
  }
}

std::vector<std::string> TensorFolder::names() const {
  std::vector<std::string> out;
  for (const auto& [name, file] : file_of_) out.push_back(name);
  return out;
}

const TensorInfo* TensorFolder::find(std::string_view name) const {
  const auto found = file_of_.find(name);
  return found == file_of_.end() ? nullptr : files_[found->second].find(name);
}

void TensorFolder::read(std::string_view name, const at::Tensor& destination) const {
  const SafetensorsFile& file = files_[file_of_.find(name)->second];
  file.read(*file.find(name), destination);
}

}  // namespace laurel
