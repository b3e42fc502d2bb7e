// The kernel's lock on a file: it is free again when its process is gone, so a stale one does not
// hold anybody up.
#include "checkpoint/run_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <sstream>

#include "core/error.h"
#include "core/files.h"
#include "core/str.h"

namespace laurel {

// Its lines: the process that holds the lock, and what it does.
struct LockContent {
  std::string process, doing;
};

static LockContent content_of(int file) {
  char text[512];
  const ssize_t size = ::pread(file, text, sizeof(text), 0);
  std::istringstream in(std::string(text, static_cast<size_t>(std::max<ssize_t>(size, 0))));
  LockContent content;
  std::getline(in, content.process);
  std::getline(in, content.doing);
  return content;
}

static std::string this_process() {
  char host[256] = "";
  ::gethostname(host, sizeof(host) - 1);
  return str("process ", int64_t{::getpid()}, " on ", host);
}

// `training`: the one that is told wants to train.
static std::string in_use(const std::filesystem::path& folder, int file, bool training) {
  const LockContent content = content_of(file);
  return str(folder, ": ", content.process, " is ",
             content.doing.empty() ? kTraining : content.doing.c_str(),
             " in this folder; wait for it", training ? ", or choose another run.folder" : "");
}

void check_not_locked(const std::filesystem::path& folder) {
  const int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  const int file = retry_on_eintr([&] { return ::open((folder / "run.lock").c_str(), flags); });
  if (file < 0) return;
  const bool locked = ::flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  const std::string message = locked ? in_use(folder, file, true) : std::string();
  ::close(file);
  if (locked) throw Error{ErrorKind::checkpoint, message};
}

RunLock::RunLock(const std::filesystem::path& folder, const std::string& doing) {
  const std::filesystem::path path = folder / "run.lock";
  const auto refuse = [&](const std::string& reason) {
    if (file_ >= 0) ::close(file_);
    throw Error{ErrorKind::checkpoint, reason};
  };
  const int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
  file_ = retry_on_eintr([&] { return ::open(path.c_str(), flags, 0644); });
  if (file_ < 0) refuse(str(path, ": cannot be written: ", std::strerror(errno)));
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      refuse(in_use(folder, file_, doing == kTraining));
    }
    note_ = str(path, ": this file system has no locks (", std::strerror(errno),
                "); start no second run in this folder");
  } else if (const std::string before = content_of(file_).process; !before.empty()) {
    note_ = str(path, ": left by ", before, ", which did not end properly");
  }
  const bool written = retry_on_eintr([&] { return ::ftruncate(file_, 0); }) == 0 &&
                       write_all(file_, str(this_process(), "\n", doing, "\n"));
  if (!written) refuse(str(path, ": cannot be written: ", std::strerror(errno)));
}

RunLock::~RunLock() {
  if (::ftruncate(file_, 0) == 0) ::close(file_);
}

}  // namespace laurel
