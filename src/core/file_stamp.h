// Which file has a name and when it changed, to notice that it changes while it is read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace laurel {

// Equal stamps: the same file, not modified in between.
struct FileStamp {
  uint64_t device = 0, inode = 0, size = 0;
  int64_t seconds = 0, nanoseconds = 0;  // of the last write
  bool operator==(const FileStamp&) const = default;
};

// nullopt if stat fails or the file is not a regular one: a pipe has no contents that could change.
std::optional<FileStamp> stamp_of(const std::filesystem::path& path);
std::optional<FileStamp> stamp_of(int open_file);

using FileStamps = std::map<std::string, FileStamp>;  // by path

}  // namespace laurel
