// FileStamp from stat(2).
#include "core/file_stamp.h"

#include <sys/stat.h>

namespace laurel {

static std::optional<FileStamp> stamp_from(const struct stat& status) {
  if (!S_ISREG(status.st_mode)) return std::nullopt;
  return FileStamp{.device = status.st_dev,
                   .inode = status.st_ino,
                   .size = static_cast<uint64_t>(status.st_size),
                   .seconds = status.st_mtim.tv_sec,
                   .nanoseconds = status.st_mtim.tv_nsec};
}

std::optional<FileStamp> stamp_of(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return stamp_from(status);
}

std::optional<FileStamp> stamp_of(int open_file) {
  struct stat status {};
  if (::fstat(open_file, &status) != 0) return std::nullopt;
  return stamp_from(status);
}

}  // namespace laurel
