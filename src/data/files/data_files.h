// What a path in a config or on a command line stands for: a file, a folder's data files, or the
// files that a pattern matches.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/options.h"

namespace laurel {

struct DataFiles {
  std::vector<Path> files;
  std::vector<std::string> notes;  // what each folder and pattern stands for
};

// A path that exists is itself. A folder stands for its data files, in the order of their names and
// without hidden files, or for those of one split (data/files/data_folder.h). Otherwise `*`, `?` and
// `[..]` match within a name and `**` matches any folders; all by the order of their bytes. A
// path without any of these is kept as it is. Throws Error (data) that names the path: nothing
// matches, other data files lie among them, a file is there twice, or has a name that is not UTF-8, or
// `split` is given for what is no folder.
DataFiles find_data_files(const std::vector<Path>& paths,
                          const std::optional<std::string>& split = std::nullopt);

}  // namespace laurel
