// Files are flushed by whoever writes them; here the folders are, around the rename.
#include "checkpoint/temporary_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/error.h"
#include "core/str.h"

namespace laurel {

namespace fs = std::filesystem;

// Not every file system can flush a folder; those that cannot need no flush.
static void flush_folder(const fs::path& folder) {
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return;
  ::fsync(file);
  ::close(file);
}

void check_free(const fs::path& path) {
  std::error_code problem;
  if (!fs::exists(fs::symlink_status(path, problem))) return;
  if (fs::is_directory(path, problem) && fs::is_empty(path, problem)) return;
  throw Error{ErrorKind::checkpoint, str(path,
                                         ": exists and is not empty; choose another place, "
                                         "or remove it first")};
}

TemporaryFolder::TemporaryFolder(const fs::path& target)
    : target_(fs::absolute(target).lexically_normal()) {
  if (!target_.has_filename()) target_ = target_.parent_path();  // "export/" is "export"
  check_free(target_);
  path_ = str(target_, ".tmp-", ::getpid());
  std::error_code problem;
  fs::remove_all(path_, problem);
  fs::create_directories(path_, problem);
  if (problem) {
    throw Error{ErrorKind::checkpoint, str(path_, ": cannot be made: ", problem.message())};
  }
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!committed_) fs::remove_all(path_, ignored);
}

void TemporaryFolder::commit() {
  flush_folder(path_);
  if (::rename(path_.c_str(), target_.c_str()) != 0) {
    throw Error{ErrorKind::checkpoint, str(target_, ": cannot be written: ", std::strerror(errno))};
  }
  committed_ = true;
  flush_folder(target_.parent_path());
}

}  // namespace laurel
