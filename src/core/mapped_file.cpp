// Mapping over POSIX calls.
#include "core/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/str.h"

namespace laurel {

MappedFile::MappedFile(int fd) {
  struct stat status {};
  if (fd < 0 || ::fstat(fd, &status) != 0 || status.st_size <= 0) return;
  const auto size = static_cast<size_t>(status.st_size);
  void* const at = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
  if (at != MAP_FAILED) bytes_ = {static_cast<const char*>(at), size};
}

MappedFile::MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

void MappedFile::expect_random_reads(std::string_view part) {
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto at = reinterpret_cast<uintptr_t>(part.data());
  const uintptr_t begin = (at + page - 1) / page * page, end = (at + part.size()) / page * page;
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_RANDOM);
}

MappedFile map_file(const std::filesystem::path& path) {
  const int fd =
      retry_on_eintr([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); });
  if (fd < 0) return {};
  struct stat status {};
  const bool regular = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
  MappedFile file = regular ? MappedFile(fd) : MappedFile();
  ::close(fd);
  return file;
}

UnnamedFile::UnnamedFile() {
  std::error_code none;
  std::string name = (std::filesystem::temp_directory_path(none) / "laurel_XXXXXX").string();
  if (!none) fd_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd_ >= 0) {
    ::unlink(name.c_str());
  } else {
    fd_ = ::memfd_create("laurel", MFD_CLOEXEC);
  }
  if (fd_ >= 0) return;
  throw Error{ErrorKind::data, str("a temporary file: cannot be made: ", std::strerror(errno))};
}

UnnamedFile::~UnnamedFile() {
  if (fd_ >= 0) ::close(fd_);
}

void UnnamedFile::write(std::string_view bytes) {
  if (write_all(fd_, bytes)) return;
  throw Error{ErrorKind::data,
              str("a temporary file of tokenised rows cannot be written: ", std::strerror(errno),
                  "; set data.cache_folder, or TMPDIR, to a folder with more space")};
}

}  // namespace laurel
