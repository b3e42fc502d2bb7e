// File reading and writing over POSIX calls, because a write is only done when the disk has it.
#include "core/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include "core/str.h"
#include "laurel_rust.h"

namespace laurel {

bool path_exists(const std::filesystem::path& path, ErrorKind kind) {
  std::error_code problem;
  const bool found = std::filesystem::exists(path, problem);
  if (!problem) return found;
  throw Error{kind, str(path, ": cannot be read: ", problem.message())};
}

std::string read_file(const std::filesystem::path& path, ErrorKind kind, uint64_t max_bytes) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) throw Error{kind, str(path, ": no such file")};
  if (!std::filesystem::is_regular_file(path, ignored)) {
    const bool folder = std::filesystem::is_directory(path, ignored);
    throw Error{kind, str(path, ": found ", folder ? "a folder" : "something that is not a file",
                          ", expected a file")};
  }
  const uintmax_t size = std::filesystem::file_size(path, ignored);
  if (!ignored && size > max_bytes) {
    throw Error{kind, str(path, ": found ", size, " bytes, expected at most ", max_bytes)};
  }
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  if (!ignored && size > 0) bytes << in.rdbuf();
  if (!in || bytes.fail()) throw Error{kind, str(path, ": cannot be read: ", std::strerror(errno))};
  return std::move(bytes).str();
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = retry_on_eintr([&] { return ::write(fd, bytes.data(), bytes.size()); });
    if (written <= 0) {
      if (written == 0) errno = EIO;  // no progress, and no reason given
      return false;
    }
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

AtomicFile::AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
  for (int64_t attempt = 0; fd_ < 0; ++attempt) {  // several processes may write the same file
    temporary_ = str(path_, ".tmp-", int64_t{::getpid()}, "-", attempt);
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    fd_ = retry_on_eintr([&] { return ::open(temporary_.c_str(), flags, 0666); });
    if (fd_ < 0 && errno != EEXIST) fail();
  }
}

AtomicFile::~AtomicFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!finished_) ::unlink(temporary_.c_str());
}

void AtomicFile::fail() const {
  throw Error{ErrorKind::checkpoint, str(path_, ": cannot be written: ", std::strerror(errno))};
}

void AtomicFile::write(std::string_view bytes) {
  if (!write_all(fd_, bytes)) fail();
}

// A flush that failed is not tried again: the system may have dropped what it could not write, and
// would then report success.
void AtomicFile::finish() {
  if (retry_on_eintr([&] { return ::fsync(fd_); }) != 0) fail();
  const int closed = ::close(std::exchange(fd_, -1));
  if (closed != 0 && errno != EINTR) fail();  // Linux has closed it even then
  if (retry_on_eintr([&] { return ::rename(temporary_.c_str(), path_.c_str()); }) != 0) fail();
  finished_ = true;
}

// A device or a pipe is written to: another file in its place would be its end.
static void write_into(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream out(path, std::ios::binary);
  out << bytes << std::flush;
  if (!out) throw Error{ErrorKind::checkpoint, str(path, ": cannot be written")};
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::error_code none;
  const auto status = std::filesystem::status(path, none);
  if (std::filesystem::is_character_file(status) || std::filesystem::is_fifo(status)) {
    return write_into(path, bytes);
  }
  AtomicFile file(path);
  file.write(bytes);
  file.finish();
}

void copy_flushed(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::ifstream in(from, std::ios::binary);
  if (!in) throw Error{ErrorKind::checkpoint, str(from, ": cannot be read")};
  AtomicFile copy(to);
  std::string part(size_t{1} << 20, '\0');
  while (in.read(part.data(), std::ssize(part)) || in.gcount() > 0) {
    copy.write(std::string_view(part).substr(0, static_cast<size_t>(in.gcount())));
  }
  if (in.bad()) throw Error{ErrorKind::checkpoint, str(from, ": cannot be read")};
  copy.finish();
}

void flush_folder(const std::filesystem::path& folder) {
  const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  const int fd = retry_on_eintr([&] { return ::open(folder.c_str(), flags); });
  bool failed = fd < 0 && errno != EACCES;  // one that may be written and not read
  if (fd >= 0) {
    failed =
        retry_on_eintr([&] { return ::fsync(fd); }) != 0 && errno != EINVAL && errno != ENOTSUP;
    const int reason = errno;
    ::close(fd);
    errno = reason;
  }
  if (!failed) return;
  throw Error{ErrorKind::checkpoint,
              str(folder, ": cannot be flushed to disk: ", std::strerror(errno))};
}

void create_folders(const std::filesystem::path& folder) {
  std::error_code problem;
  std::vector<std::filesystem::path> made;
  for (auto at = std::filesystem::absolute(folder); !std::filesystem::exists(at, problem);
       at = at.parent_path()) {
    made.push_back(at);
  }
  std::filesystem::create_directories(folder, problem);
  if (problem) {
    throw Error{ErrorKind::checkpoint, str(folder, ": cannot be created: ", problem.message())};
  }
  for (const auto& each : made) flush_folder(each.parent_path());
}

std::optional<std::filesystem::path> user_cache_folder() {
  const char* const cache = std::getenv("XDG_CACHE_HOME");  // relative ones do not count, by XDG
  if (cache != nullptr && std::filesystem::path(cache).is_absolute()) return cache;
  const char* const home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') return std::nullopt;
  return std::filesystem::path(home) / ".cache";
}

// The error message that a function of the Rust library returned; nullopt on success.
static std::optional<std::string> take_message(char* message) {
  if (!message) return std::nullopt;
  std::string text = message;
  laurel_message_free(message);
  return text;
}

std::string sha256(std::string_view bytes) {
  char digits[65];
  if (const auto problem = take_message(laurel_sha256(bytes.data(), bytes.size(), digits))) {
    throw Error{ErrorKind::data, *problem};
  }
  return digits;
}

std::string sha256_of_file(const std::filesystem::path& path, ErrorKind kind) {
  char digits[65];
  if (const auto problem = take_message(laurel_sha256_of_file(path.c_str(), digits))) {
    throw Error{kind, str(path, ": cannot be read: ", *problem)};
  }
  return digits;
}

}  // namespace laurel
