// Folders of data files, for tests.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/files/data_files.h"
#include "data/tiny.h"

namespace laurel::test {

struct File {
  std::string name, text = {};
};

inline std::string folder_of(const std::string& name, const std::vector<File>& files) {
  const std::filesystem::path folder =
      std::filesystem::path(write_data("anchor", "")).parent_path() / name;
  std::filesystem::remove_all(folder);
  for (const File& file : files) {
    std::filesystem::create_directories((folder / file.name).parent_path());
    write_data(name + "/" + file.name, file.text);
  }
  return folder.string();
}

inline std::vector<std::string> found(const std::string& folder,
                                      const std::optional<std::string>& split) {
  std::vector<std::string> names;
  for (const Path& file : find_data_files({{folder}}, split).files) {
    names.push_back(file.value.substr(folder.size() + 1));
  }
  return names;
}

inline std::string error_in(const std::string& folder, const std::optional<std::string>& split) {
  const std::string error = error_of(ErrorKind::data, [&] { find_data_files({{folder}}, split); });
  return error.starts_with(folder) ? error.substr(folder.size()) : error;
}

}  // namespace laurel::test
