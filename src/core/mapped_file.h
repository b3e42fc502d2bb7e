// Files that are read by mapping them, and temporary files without a name.
#pragma once

#include <filesystem>
#include <string_view>

namespace laurel {

// The bytes of a file, read by the system when they are used; they take no memory of the process.
// Whoever maps a file must be sure that nobody shortens it meanwhile: files that are only ever
// replaced or removed are safe.
class MappedFile {
 public:
  MappedFile() = default;
  explicit MappedFile(int fd);  // bytes() is empty if that fails
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::string_view bytes() const { return bytes_; }

  // Tells the system that `part` of bytes() is read here and there, so that it reads nothing ahead.
  static void expect_random_reads(std::string_view part);

 private:
  std::string_view bytes_;
};

// Of a regular file; without waiting for pipes. bytes() is empty if it cannot be read.
MappedFile map_file(const std::filesystem::path& path);

// A file without a name in the system's folder for temporary files (TMPDIR), in memory where that
// has none. Its space is free again once nobody has it open or mapped.
class UnnamedFile {
 public:
  UnnamedFile();
  UnnamedFile(const UnnamedFile&) = delete;
  ~UnnamedFile();

  void write(std::string_view bytes);  // throws Error (data)
  MappedFile map() const { return MappedFile(fd_); }

 private:
  int fd_ = -1;
};

}  // namespace laurel
