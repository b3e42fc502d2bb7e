// Reads the tensors of model.safetensors or of all its shards as one set.
#include <set>

#include "checkpoint/pickle.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/shard_index.h"
#include "core/files.h"
#include "core/str.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void no_tensors(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (!is_pickle_name(entry.path())) continue;
    throw Error{ErrorKind::model, str(folder, ": found ", entry.path().filename(),
                                      ", expected model.safetensors. ", kPickleAdvice)};
  }
  throw Error{ErrorKind::model,
              str(folder,
                  ": found neither model.safetensors nor model.safetensors.index.json, "
                  "expected a Hugging Face model folder")};
}

}  // namespace

ShardedSafetensors::ShardedSafetensors(const fs::path& folder) {
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

void ShardedSafetensors::add_shards(const fs::path& index) {
  const auto refuse = [&](const std::string& found) -> Error {
    return {ErrorKind::model, str(index, ": ", found)};
  };
  const std::map<std::string, std::string> map =
      parse_shard_index(read_file(index), index.string());
  std::set<std::string> names;
  for (const auto& [tensor, file] : map) names.insert(file);
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
  for (const auto& [tensor, file] : map) {
    const auto found = file_of_.find(tensor);
    if (found == file_of_.end() || files_[found->second].path().filename() != file) {
      throw refuse(str("tensor ", tensor, " is not in ", file, " as it says"));
    }
  }
}

std::vector<std::string> ShardedSafetensors::names() const {
  std::vector<std::string> out;
  for (const auto& [name, file] : file_of_) out.push_back(name);
  return out;
}

std::vector<std::filesystem::path> ShardedSafetensors::files() const {
  std::vector<std::filesystem::path> out;
  for (const SafetensorsFile& file : files_) out.push_back(file.path());
  return out;
}

const TensorInfo* ShardedSafetensors::find(std::string_view name) const {
  const auto found = file_of_.find(name);
  return found == file_of_.end() ? nullptr : files_[found->second].find(name);
}

void ShardedSafetensors::read(std::string_view name, const at::Tensor& destination) const {
  const SafetensorsFile& file = files_[file_of_.find(name)->second];
  file.read(*file.find(name), destination);
}

}  // namespace laurel
