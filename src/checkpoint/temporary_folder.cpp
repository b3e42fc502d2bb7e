// Files are flushed by whoever writes them; here the folders are, around the rename.
#include "checkpoint/temporary_folder.h"

#include <unistd.h>

#include "checkpoint/manifest.h"
#include "core/error.h"
#include "core/files.h"
#include "core/str.h"

namespace laurel {

namespace fs = std::filesystem;

void check_free(const fs::path& path) {
  std::error_code problem;
  if (!fs::exists(fs::symlink_status(path, problem))) return;
  if (fs::is_directory(path, problem) && fs::is_empty(path, problem)) return;
  throw Error{ErrorKind::checkpoint, str(path,
                                         ": exists and is not empty; choose another folder, "
                                         "or remove it first")};
}

TemporaryFolder::TemporaryFolder(const fs::path& target)
    : target_(fs::absolute(target).lexically_normal()) {
  if (!target_.has_filename()) target_ = target_.parent_path();  // "export/" is "export"
  check_free(target_);
  create_folders(target_.parent_path());
  std::error_code problem;
  // A folder of that name is somebody else's: process numbers repeat, between machines at once.
  for (int64_t attempt = 0; !problem; ++attempt) {
    path_ = str(target_, ".tmp-", int64_t{::getpid()}, "-", attempt);
    if (fs::create_directory(path_, problem)) break;
    if (problem == std::errc::file_exists) problem.clear();
  }
  if (problem) {
    throw Error{ErrorKind::checkpoint, str(path_, ": cannot be created: ", problem.message())};
  }
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!committed_) fs::remove_all(path_, ignored);
}

void TemporaryFolder::commit() {
  write_manifest(path_);
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(path_, problem)) {
    if (entry.is_directory(problem)) flush_folder(entry.path());
  }
  flush_folder(path_);
  do {
    fs::rename(path_, target_, problem);
  } while (problem == std::errc::interrupted);
  if (problem) {
    throw Error{ErrorKind::checkpoint, str(target_, ": cannot be written: ", problem.message())};
  }
  committed_ = true;
  flush_folder(target_.parent_path());
}

}  // namespace laurel
