// Whole files in and out, and their SHA-256.
#pragma once

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"

namespace laurel {

// A file that is read whole may have so many bytes: several times those of the largest tokenizer.
inline constexpr uint64_t kMostFileBytes = uint64_t{128} << 20;

// Whether there is something of this name; a link that leads nowhere is nothing. Throws Error of
// the given kind where that cannot be told, as of links in a circle.
bool is_there(const std::filesystem::path& path, ErrorKind kind = ErrorKind::model);

// The bytes of a regular file (symlinks are followed) of at most `most`. Throws Error of the given
// kind with path and reason.
std::string read_file(const std::filesystem::path& path, ErrorKind kind = ErrorKind::model,
                      uint64_t most = kMostFileBytes);

// The result of a system call that is made again whenever a signal interrupted it.
template <class Call>
auto uninterrupted(const Call& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

// Writes all bytes, going on after short writes and signals; false with the reason in errno.
bool write_all(int fd, std::string_view bytes);

// A file that takes its name only once it is whole: written under a temporary name of its own
// beside `path`, then flushed to disk and renamed. Dropped before finish(), it leaves nothing.
// Throws Error (checkpoint).
class NewFile {
 public:
  explicit NewFile(std::filesystem::path path);
  NewFile(const NewFile&) = delete;
  ~NewFile();

  void write(std::string_view bytes);
  void finish();

 private:
  [[noreturn]] void fail() const;

  std::filesystem::path path_, temporary_;
  int fd_ = -1;
  bool finished_ = false;
};

// The same in one call.
void write_file(const std::filesystem::path& path, std::string_view bytes);

// Makes the names in a folder last: files made, renamed and removed in it. File systems that cannot
// flush a folder are left alone. Throws Error (checkpoint).
void flush_folder(const std::filesystem::path& folder);

// The folder and those above it, made to last. Throws Error (checkpoint).
void make_folders(const std::filesystem::path& folder);

// Where programs keep what can be made again: $XDG_CACHE_HOME, else ~/.cache; none without a home.
std::optional<std::filesystem::path> user_cache_folder();

// SHA-256, 64 hexadecimal digits.
std::string sha256(std::string_view bytes);

// SHA-256 of a file's bytes. Throws Error of the given kind.
std::string sha256_of_file(const std::filesystem::path& path, ErrorKind kind = ErrorKind::data);

}  // namespace laurel
