// Files as the README.md of a data set assigns them to configurations and splits. It is not followed: a
// folder whose files it tells apart otherwise than their names do is refused.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace laurel {

struct DeclaredSplit {
  std::string split, path;      // path: a file or a pattern, relative to the folder
  std::set<std::string> names;  // of the files that are there
};

// The splits that the README.md in `folder` assigns some of `names` to, in its order; `names` are data
// files relative to the folder. Throws Error (data) where they belong to several configurations, of which
// those with the same files count as one. What the README.md does not say, or not in a form that is
// read here, counts as absent: a configuration without files may have any.
std::vector<DeclaredSplit> declared_splits(const std::string& folder,
                                           const std::vector<std::string>& names);

// Throws Error (data) unless the files `read` are those of `split`, or without one those of one split
// at most. Undeclared files and splits do not count, other than among those of a declared split.
void refuse_other_splits(const std::string& folder, const std::vector<DeclaredSplit>& declared,
                         const std::vector<std::string>& read,
                         const std::optional<std::string>& split);

}  // namespace laurel
