// Which files are small is known by their names.
#include "checkpoint/small_files.h"

#include <array>

#include "core/files.h"
#include "core/str.h"

namespace laurel {

namespace fs = std::filesystem;

SmallFiles read_small_files(const fs::path& folder) {
  constexpr const char* kTemplates = "additional_chat_templates";
  constexpr std::array kOptional{"tokenizer.json",
                                 "tokenizer_config.json",
                                 "special_tokens_map.json",
                                 "added_tokens.json",
                                 "chat_template.jinja",
                                 "tokenizer.model",
                                 "vocab.json",
                                 "merges.txt"};
  SmallFiles files;
  files["config.json"] = read_file(folder / "config.json");
  std::error_code problem;
  for (const char* name : kOptional) {
    if (fs::exists(folder / name, problem)) files[name] = read_file(folder / name);
  }
  if (!fs::is_directory(folder / kTemplates, problem)) return files;
  for (const auto& entry : fs::directory_iterator(folder / kTemplates, problem)) {
    if (entry.path().extension() != ".jinja") continue;
    files[str(kTemplates, "/", entry.path().filename())] = read_file(entry.path());
  }
  return files;
}

}  // namespace laurel
