// A folder that appears complete or not at all.
#pragma once

#include <filesystem>

namespace laurel {

// Throws Error (checkpoint) unless `path` is free: absent, or an empty folder.
void check_free(const std::filesystem::path& path);

// Made beside its target; flushed and renamed by commit, removed again without it.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::filesystem::path& target);  // Errors as check_free
  TemporaryFolder(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  const std::filesystem::path& path() const { return path_; }
  void commit();

 private:
  std::filesystem::path target_, path_;
  bool committed_ = false;
};

}  // namespace laurel
