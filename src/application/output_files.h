// No command writes over what it reads, or into a model's folder.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace laurel {

// What a command reads and writes, as its arguments name it; "-" is standard input or output.
struct InputsAndOutput {
  std::string option;  // of the output, for messages: "--json", "OUTPUT"
  std::string output;  // a file or a folder, that need not exist
  std::span<const std::string> inputs = {};
  std::optional<std::string> split = {};           // of the folders among them
  std::vector<std::filesystem::path> models = {};  // folders of those that are read
  bool is_model = false;                           // the output is a model's folder
};

// Compares by device and inode, so that links and other spellings do not deceive. Throws Error
// (usage) where the output is one of the inputs, is a model's folder or lies in it (the folder
// would no longer be what its manifest.json says), is or lies in what a run writes into its folder,
// or is a model's folder that lies in a run's at all.
void check_output(const InputsAndOutput& files);

// Throws Error (usage) for a name that promises another container than plain JSON lines.
void check_lines_name(const std::string& option, const std::string& output);

}  // namespace laurel
