// What a reader of options reports, and what relative paths are relative to.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/options.h"

namespace laurel {

// Problems of a config, one line each: "sources.ukp.loss.center: found -1, expected at least 0".
struct Problems {
  std::vector<std::string> lines;  // the first thousand: a file may have millions
  size_t count = 0;
  // What a name that is not known here, of an option or as a value, is called here, as a sentence;
  // "" for a name of nowhere.
  std::string (*known_elsewhere)(std::string_view name) = nullptr;
  void add(const std::string& where, const std::string& what);
  // Whether this option, or one inside it, has a problem.
  bool has(const std::string& where) const;
};

// "WHERE: 2 problems", and a line for each.
Error to_error(ErrorKind kind, const std::string& where, const Problems& problems);

// What relative paths are relative to: the config file's folder, or for --set the current
// directory.
struct PathBase {
  std::filesystem::path file_folder, current_folder;
  std::vector<std::string> set_paths;  // option paths given by --set
  Path resolve(const std::string& option, const std::string& path, bool from_current) const;
};

}  // namespace laurel
