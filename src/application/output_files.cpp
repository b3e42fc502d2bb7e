// Which file a name, or a standard descriptor, stands for: device and inode.
#include "application/output_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "checkpoint/run_folder.h"
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
std::vector<std::string> files_of(const std::string& input,
                                  const std::optional<std::string>& split) {
  if (input == "-") return {input};
  std::vector<std::string> files;
  for (const Path& file : find_data_files({{input}}, split).files) files.push_back(file.value);
  return files;
}

bool is_or_lies_in(const std::string& path, const fs::path& folder) {
  const std::optional<FileId> id = id_of(folder.string(), -1);
  std::error_code problem;
  for (fs::path at = fs::weakly_canonical(fs::absolute(path, problem), problem); id && !at.empty();
       at = at.parent_path()) {
    if (id_of(at.string(), -1) == id) return true;
    if (at == at.parent_path()) break;
  }
  return false;
}

// The innermost run whose folder `path` lies in, and the name there.
struct PlaceInRun {
  fs::path run;
  std::string name;
};
std::optional<PlaceInRun> place_in_run(const std::string& path) {
  std::error_code problem;
  fs::path at = fs::weakly_canonical(fs::absolute(path, problem), problem);
  if (!at.has_filename()) at = at.parent_path();
  for (; at.has_parent_path() && at != at.parent_path(); at = at.parent_path()) {
    if (holds_run(at.parent_path())) return PlaceInRun{at.parent_path(), at.filename().string()};
  }
  return std::nullopt;
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
    for (const std::string& file : files_of(input, files.split)) {
      if (!output || output != id_of(file, STDIN_FILENO)) continue;
      refuse(str("which is the input ", shown_input(file)), "another file");
    }
  }
  if (files.output == "-") return;
  for (const fs::path& model : files.models) {
    if (model.empty() || !is_or_lies_in(files.output, model)) continue;
    refuse(str("in the model's folder ", model), "a place outside it");
  }
  const std::optional<PlaceInRun> place = place_in_run(files.output);
  if (!place) return;
  if (is_run_file(place->name)) {
    refuse(str("which only the run in ", place->run, " writes"), "another place");
  }
  if (files.is_model) refuse(str("in the folder of the run in ", place->run), "a place outside it");
}

void check_lines_name(const std::string& option, const std::string& output) {
  constexpr std::array<std::string_view, 9> kOthers{
      ".csv", ".tsv", ".parquet", ".arrow", ".feather", ".gz", ".zst", ".xz", ".bz2"};
  std::string ending = fs::path(output).extension().string();
  for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (std::ranges::find(kOthers, ending) == kOthers.end()) return;
  throw Error{ErrorKind::usage, str(option, ": found ", output,
                                    ", expected a name that ends in .jsonl: rows are written as "
                                    "JSON lines, not compressed; nothing was written")};
}

}  // namespace laurel
