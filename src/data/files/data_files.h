// What a path in a config or on a command line stands for: a file, a folder's data files, or the
// files that a pattern matches.
#pragma once

#include <string>
#include <vector>

#include "core/options.h"

namespace laurel {

struct DataFiles {
  std::vector<Path> files;
  std::vector<std::string> notes;  // what each folder and pattern stands for
};

// A path that exists is itself. A folder stands for those of its files that end in .jsonl, .ndjson,
// .json (each also with .gz or .zst) or .parquet, without hidden files and without what its
// subfolders hold. Otherwise `*`, `?` and `[..]` match within a name and `**` matches any folders;
// all by the order of their bytes. A path without any of these is kept as it is. Throws Error
// (data) that names the path: nothing matches, other data files lie among them, a file is there
// twice, or has a name that is not UTF-8.
DataFiles find_data_files(const std::vector<Path>& paths);

// Throws Error (data) with what to do if the extension is that of an unsupported file type.
void refuse_by_extension(const std::string& path);

}  // namespace laurel
