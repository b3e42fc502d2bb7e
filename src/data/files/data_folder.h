// The data files of a folder: of all of it, or of one split.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace laurel {

struct FolderFiles {
  std::vector<std::string> files;    // in the order in which they are read
  std::vector<std::string> skipped;  // names of what else is there
};

// Whether a file of this name may hold rows.
bool is_data_name(const std::string& name);

// without_data_ending("test.jsonl.gz") == "test"
std::string without_data_ending(const std::string& name);

// The files in the folder itself; where there are none, or under `split`, those below it that belong to
// the split (data/files/split_names.h). Throws Error (data) that names the folder: there are
// none, files of several splits and none is asked for, or the split's files are of several kinds; its
// README.md has them in several configurations or in other splits (data/files/declared_splits.h).
FolderFiles files_of_folder(const std::string& folder, const std::optional<std::string>& split);

// Throws Error (data) if a folder cannot be listed.
std::vector<std::string> names_in(const std::string& folder);

// Throws Error (data) with what to do if the extension is that of an unsupported file type.
void refuse_by_extension(const std::string& path);

// For messages.
inline constexpr const char* kReadKinds = "JSONL, JSON, CSV, TSV, Arrow or Parquet";
inline constexpr const char* kDataNames =
    ".jsonl, .ndjson, .json, .csv, .tsv (also with .gz, .zst or .xz), .arrow, .feather, .parquet";

}  // namespace laurel
