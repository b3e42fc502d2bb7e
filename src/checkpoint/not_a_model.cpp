// Tells folders that are given for a model's by what lies in them.
#include "checkpoint/not_a_model.h"

#include <algorithm>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/files.h"
#include "core/str.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

// Subfolders that are models.
std::vector<std::string> models_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (fs::exists(entry.path() / "config.json", ignored)) names.push_back(entry.path().string());
  }
  std::ranges::sort(names);
  return names;
}

bool has_file(const fs::path& folder, const char* extension) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == extension) return true;
  }
  return false;
}

}  // namespace

void check_is_model_folder(const fs::path& folder) {
  if (path_exists(folder / "config.json")) return;
  const auto refuse = [&](const std::string& found) {
    throw Error{ErrorKind::model, str(folder, ": ", found)};
  };
  if (const std::vector<std::string> models = models_in(folder); !models.empty()) {
    refuse(str("found no config.json but ", count_text(std::ssize(models), "folder"),
               " with one, expected the folder of one model; name one of them, for example ",
               models.back()));
  }
  for (const char* const extension : {".gguf", ".onnx"}) {
    if (!has_file(folder, extension)) continue;
    refuse(str("found ", extension,
               " files, expected config.json and .safetensors files; take the "
               "model that they were converted from"));
  }
  refuse(
      "found no config.json, expected the folder of a model: config.json, .safetensors files "
      "and the tokenizer's");
}

}  // namespace laurel
