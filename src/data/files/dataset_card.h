// What the README.md of a data set of the Hub says about its files, before its text.
#pragma once

#include <string>
#include <vector>

namespace laurel {

struct DeclaredPath {
  std::string split, path;  // split: empty where none is named; path: a file or a pattern
};

struct Configuration {
  std::string name = "default", folder = {};  // folder: data_dir
  std::vector<DeclaredPath> files = {};       // relative to the data set's folder
  bool is_read = true;                        // else its files are not known, and none are here
  bool is_default = false;                    // as the README.md says, not by its name
};

// In the order of the README.md; none where there is no such file. What it does not say, or in a form
// that is not read here, is absent.
std::vector<Configuration> configurations_of(const std::string& folder);

}  // namespace laurel
