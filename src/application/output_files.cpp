// Which file a name, or a standard descriptor, stands for: device and inode.
#include "application/output_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <vector>

#include "core/error.h"
#include "core/str.h"
#include "data/files/data_files.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

struct FileId {
  uint64_t device, inode;
  bool operator==(const FileId&) const = default;
};

// Of a regular file or a folder: what goes through a pipe, a terminal or /dev/null is not lost.
std::optional<FileId> id_of(const std::string& path, int standard_descriptor) {
  struct stat status {};
  const int result =
      path == "-" ? ::fstat(standard_descriptor, &status) : ::stat(path.c_str(), &status);
  if (result != 0 || (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))) return std::nullopt;
  return FileId{status.st_dev, status.st_ino};
}

std::string shown_input(const std::string& input) {
  return input == "-" ? "standard input" : input;
}

// An input may be a folder of data files, or a pattern of their names.
std::vector<std::string> files_of(const std::string& input) {
  if (input == "-") return {input};
  std::vector<std::string> files;
  for (const Path& file : find_data_files({{input}}).files) files.push_back(file.value);
  return files;
}

// The folder at or above `path` that is the model's, if one is.
bool lies_in(const std::string& path, const FileId& folder) {
  std::error_code problem;
  fs::path at = fs::weakly_canonical(fs::absolute(path, problem), problem);
  while (!at.empty()) {
    if (id_of(at.string(), -1) == folder) return true;
    if (at == at.parent_path()) return false;
    at = at.parent_path();
  }
  return false;
}

}  // namespace

void check_output(const InputsAndOutput& files) {
  const std::string shown = files.output == "-" ? "standard output" : files.output;
  const auto refuse = [&](const std::string& found, const char* expected) {
    throw Error{ErrorKind::usage, str(files.option, ": found ", shown, ", ", found, "; expected ",
                                      expected, "; nothing was written")};
  };
  const std::optional<FileId> output = id_of(files.output, STDOUT_FILENO);
  for (const std::string& input : files.inputs) {
    for (const std::string& file : files_of(input)) {
      if (!output || output != id_of(file, STDIN_FILENO)) continue;
      refuse(str("which is the input ", shown_input(file)), "another file");
    }
  }
  if (files.model.empty() || files.output == "-") return;
  const std::optional<FileId> model = id_of(files.model.string(), -1);
  if (model && lies_in(files.output, *model)) {
    refuse(str("in the model's folder ", files.model), "a place outside it");
  }
}

}  // namespace laurel
