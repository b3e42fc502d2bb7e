// Appends lines with one write each.
#include "train/metrics_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>

#include "core/error.h"
#include "core/files.h"
#include "core/str.h"

namespace laurel {

MetricsFile::MetricsFile(const std::filesystem::path& path, std::optional<int64_t> kept)
    : path_(path) {
  const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
  file_ = retry_on_eintr([&] { return ::open(path.c_str(), flags, 0644); });
  if (file_ < 0) fail("opened");
  const off_t size = ::lseek(file_, 0, SEEK_END);
  if (!kept || size <= *kept) return;
  if (retry_on_eintr([&] { return ::ftruncate(file_, *kept); }) != 0) {
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
  if (!write_all(file_, line.dump() + "\n")) fail("written");
}

int64_t MetricsFile::flush() {
  const off_t size = ::lseek(file_, 0, SEEK_END);
  if (size < 0 || retry_on_eintr([&] { return ::fsync(file_); }) != 0) fail("flushed");
  return size;
}

double unix_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

Json event_line(const std::string& what, int64_t step) {
  return {{"kind", "event"}, {"step", step}, {"time", unix_time()}, {"event", what}};
}

LastLine last_line(const std::filesystem::path& path) {
  LastLine last;
  std::ifstream in(path, std::ios::binary);
  for (std::string line; std::getline(in, line) && !in.eof();) {
    last.end += std::ssize(line) + 1;
    last.text = line;
  }
  if (in.bad()) throw Error{ErrorKind::checkpoint, str(path, ": cannot be read")};
  return last;
}

}  // namespace laurel
