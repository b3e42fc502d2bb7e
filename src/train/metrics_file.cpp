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

MetricsFile::MetricsFile(const std::filesystem::path& path)
    : path_(path), file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
  if (file_ < 0) {
    throw Error{ErrorKind::checkpoint, str(path_, ": cannot be opened: ", std::strerror(errno))};
  }
}

MetricsFile::~MetricsFile() { ::close(file_); }

void MetricsFile::write(const Json& line) {
  const std::string text = line.dump() + "\n";
  const ssize_t written = ::write(file_, text.data(), text.size());
  if (written != static_cast<ssize_t>(text.size())) {
    throw Error{ErrorKind::checkpoint, str(path_, ": cannot be written: ", std::strerror(errno))};
  }
}

double unix_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace laurel
