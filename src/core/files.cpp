// File reading and writing over POSIX calls, because a write is only done when the disk has it.
#include "core/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "core/str.h"
#include "laurel_rust.h"

namespace laurel {

std::string read_file(const std::filesystem::path& path, ErrorKind kind) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) throw Error{kind, str(path, ": no such file")};
  if (!std::filesystem::is_regular_file(path, ignored)) {
    throw Error{kind, str(path, ": found something that is not a file, expected a file")};
  }
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  if (std::filesystem::file_size(path) > 0) bytes << in.rdbuf();
  if (!in || bytes.fail()) throw Error{kind, str(path, ": cannot be read: ", std::strerror(errno))};
  return std::move(bytes).str();
}

static void write_all(int fd, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const std::string reason = std::strerror(errno);
      ::close(fd);
      throw Error{ErrorKind::checkpoint, str(path, ": cannot be written: ", reason)};
    }
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  const std::filesystem::path temporary = path.string() + ".tmp";
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) {
    throw Error{ErrorKind::checkpoint, str(path, ": cannot be written: ", std::strerror(errno))};
  }
  write_all(fd, bytes, path);
  const bool flushed = ::fsync(fd) == 0;
  const bool closed = ::close(fd) == 0;
  if (!flushed || !closed || ::rename(temporary.c_str(), path.c_str()) != 0) {
    throw Error{ErrorKind::checkpoint, str(path, ": cannot be written: ", std::strerror(errno))};
  }
}

static std::string checked(char* message, const char* digits, ErrorKind kind) {
  if (!message) return digits;
  const Error error{kind, message};
  laurel_message_free(message);
  throw error;
}

std::string sha256(std::string_view bytes) {
  char digits[65];
  return checked(laurel_sha256(bytes.data(), bytes.size(), digits), digits, ErrorKind::data);
}

std::string sha256_of_file(const std::filesystem::path& path, ErrorKind kind) {
  char digits[65];
  return checked(laurel_sha256_of_file(path.c_str(), digits), digits, kind);
}

}  // namespace laurel
