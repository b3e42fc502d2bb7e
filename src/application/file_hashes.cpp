// Remembers the hash of every file that it was asked for.
#include "application/file_hashes.h"

#include <filesystem>

#include "core/files.h"

namespace laurel {

const std::string* FileHashes::of(const std::string& file) {
  const auto known = sha256_.find(file);
  if (known != sha256_.end()) return &known->second;
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored)) return nullptr;
  return &sha256_.emplace(file, sha256_of_file(file)).first->second;
}

std::vector<std::string> FileHashes::of_all(const std::vector<std::string>& files) {
  std::vector<std::string> hashes;
  for (const std::string& file : files) {
    if (const std::string* sha256 = of(file)) hashes.push_back(*sha256);
  }
  return hashes;
}

}  // namespace laurel
