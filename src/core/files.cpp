// File reading and writing over POSIX calls, because a write is only done when the disk has it.
#include "core/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

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

NewFile::NewFile(std::filesystem::path path) : path_(std::move(path)) {
  for (int64_t attempt = 0; fd_ < 0; ++attempt) {  // several processes may write the same file
    temporary_ = str(path_, ".tmp-", int64_t{::getpid()}, "-", attempt);
    fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd_ < 0 && errno != EEXIST) fail();
  }
}

NewFile::~NewFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(temporary_.c_str());
}

void NewFile::fail() const {
  throw Error{ErrorKind::checkpoint, str(path_, ": cannot be written: ", std::strerror(errno))};
}

void NewFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail();
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

void NewFile::finish() {
  if (::fsync(fd_) != 0 || ::rename(temporary_.c_str(), path_.c_str()) != 0) fail();
  const int closed = ::close(std::exchange(fd_, -1));
  if (closed != 0) fail();
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  NewFile file(path);
  file.write(bytes);
  file.finish();
}

std::optional<std::filesystem::path> user_cache_folder() {
  const char* const cache = std::getenv("XDG_CACHE_HOME");  // relative ones do not count, by XDG
  if (cache != nullptr && std::filesystem::path(cache).is_absolute()) return cache;
  const char* const home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') return std::nullopt;
  return std::filesystem::path(home) / ".cache";
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
