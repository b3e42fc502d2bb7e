// Which split of a data set a file belongs to, by the names of the file and of its folders.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace laurel {

struct FilesBySplit {
  std::map<std::string, std::vector<std::string>> splits;  // split -> names, by their bytes
  std::vector<std::string> others;                         // of no split
};

// The rules of `datasets`, in its order; the first that finds a split decides about all files:
// data/SPLIT-00000-of-00001*.*; a folder's name with a word for train, validation or test; a file's
// name with one. `names` are relative to the data set's folder. Throws Error (data) that names
// a file of two splits.
FilesBySplit files_by_split(const std::vector<std::string>& names);

// Of train, validation and test those that a name has words for.
std::set<std::string> splits_in(std::string_view name);

}  // namespace laurel
