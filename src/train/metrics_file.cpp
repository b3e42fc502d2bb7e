// Appends lines with one write each.
#include "train/metrics_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "core/error.h"
#include "core/str.h"

namespace laurel {

MetricsFile::MetricsFile(const std::filesystem::path& path, std::optional<int64_t> kept)
    : path_(path), file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
  if (file_ < 0) fail("opened");
  const off_t size = ::lseek(file_, 0, SEEK_END);
  if (kept && size > *kept && ::ftruncate(file_, *kept) != 0) {
    const int reason = errno;
    ::close(file_);
    errno = reason;
    fail("cut back");
  }
}

MetricsFile::~MetricsFile() { ::close(file_); }

void MetricsFile::fail(const char* what) const {
  throw Error{ErrorKind::checkpoint, str(path_, ": cannot be ", what, ": ", std::strerror(errno))};
}

void MetricsFile::write(const Json& line) {
  const std::string text = line.dump() + "\n";
  std::string_view left = text;
  while (!left.empty()) {
    const ssize_t written = ::write(file_, left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("written");
    left.remove_prefix(static_cast<size_t>(written));
  }
}

int64_t MetricsFile::flush() {
  const off_t size = ::lseek(file_, 0, SEEK_END);
  if (size < 0 || ::fsync(file_) != 0) fail("flushed");
  return size;
}

double unix_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace laurel
