// A folder that appears complete or not at all.
#pragma once

#include <filesystem>

namespace laurel {

// Throws Error (checkpoint) unless `path` is free: absent, or an empty folder.
void check_free(const std::filesystem::path& path);

// Made beside its target. commit() lists its files in manifest.json, flushes all of it, gives it
// its name and makes the name last; without it, or when it throws before the folder has its name,
// the folder is removed again. Files are flushed by those who write them. Errors are of the kind
// checkpoint and name file and reason; those of the constructor as check_free.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::filesystem::path& target);
  TemporaryFolder(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  const std::filesystem::path& path() const { return path_; }
  void commit();

 private:
  std::filesystem::path target_, path_;
  bool committed_ = false;
};

}  // namespace laurel
