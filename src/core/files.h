// Reading and writing whole files, atomically and flushed to disk, and SHA-256.
#pragma once

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"

namespace laurel {

// Largest file that is read whole: several times the size of the largest tokenizer.json.
inline constexpr uint64_t kMaxFileBytes = uint64_t{128} << 20;

// Whether the path exists (a broken symbolic link does not). Throws Error of the given kind if that
// cannot be found out, for example for a cycle of symbolic links.
bool path_exists(const std::filesystem::path& path, ErrorKind kind = ErrorKind::model);

// The bytes of a regular file (symlinks are followed) of at most `max_bytes`. Throws Error of the
// given kind with path and reason.
std::string read_file(const std::filesystem::path& path, ErrorKind kind = ErrorKind::model,
                      uint64_t max_bytes = kMaxFileBytes);

// Repeats a system call while it fails with EINTR; returns its result.
template <class Call>
auto retry_on_eintr(const Call& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

// Writes all bytes, going on after short writes and signals; false with the reason in errno.
bool write_all(int fd, std::string_view bytes);

// Writes a file atomically: to a temporary file in the same folder, which finish() flushes to disk
// and renames to `path`. Destroyed before finish(), it leaves nothing. Throws Error (checkpoint).
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  AtomicFile(const AtomicFile&) = delete;
  ~AtomicFile();

  void write(std::string_view bytes);
  void finish();

 private:
  [[noreturn]] void fail() const;

  std::filesystem::path path_, temporary_;
  int fd_ = -1;
  bool finished_ = false;
};

// The same in one call. What is a device or a pipe, such as /dev/null, is written to and stays one.
void write_file(const std::filesystem::path& path, std::string_view bytes);

// Copies the bytes of a file, flushed to disk. Throws Error (checkpoint).
void copy_flushed(const std::filesystem::path& from, const std::filesystem::path& to);

// Flushes a folder's entries to disk (files created, renamed and removed in it). Does nothing on
// file systems that cannot flush a folder. Throws Error (checkpoint).
void flush_folder(const std::filesystem::path& folder);

// Creates the folder and its parents, flushed to disk. Throws Error (checkpoint).
void create_folders(const std::filesystem::path& folder);

// The user's cache folder: $XDG_CACHE_HOME, else ~/.cache; nullopt without a home.
std::optional<std::filesystem::path> user_cache_folder();

// SHA-256, 64 hexadecimal digits.
std::string sha256(std::string_view bytes);

// SHA-256 of a file's bytes. Throws Error of the given kind.
std::string sha256_of_file(const std::filesystem::path& path, ErrorKind kind = ErrorKind::data);

}  // namespace laurel
