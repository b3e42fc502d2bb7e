// SHA-256 of data files, each read once for all that ask.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace laurel {

class FileHashes {
 public:
  // nullptr for what is no regular file: a pipe can be read only once. Throws Error (data).
  const std::string* of(const std::string& file);

  // Of the regular files among them, in their order.
  std::vector<std::string> of_all(const std::vector<std::string>& files);

 private:
  std::map<std::string, std::string> sha256_;  // by the file's name, as it is given
};

}  // namespace laurel
