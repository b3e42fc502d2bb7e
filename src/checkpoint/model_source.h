// Where the parts of a model lie: all in one folder, or in an adapter's and in that of its base.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/peft_config.h"

namespace laurel {

struct ModelSource {
  std::filesystem::path folder;       // what was named
  std::filesystem::path base_folder;  // of config.json and the weights
  std::filesystem::path text_folder;  // of the tokenizer: the adapter's own, or the base's
  std::optional<PeftConfig> adapter;
  std::vector<std::string> notes;  // of their manifests
};

// The folder of a model or of a PEFT adapter, whose base is, by its base_model_name_or_path, a folder
// (from the adapter's, then from the current directory) or a name in the Hub cache. A folder with a
// manifest.json is checked against it, unless `checked` says that this one was. Throws Error (model).
ModelSource find_source(const std::filesystem::path& folder, bool checked);

}  // namespace laurel
