// What the fuzz targets share. A target hands the bytes it is given to one parser; an Error is an
// answer, anything else that is thrown, or a broken rule, ends the process as a finding.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/str.h"
#include "core/unicode.h"

namespace laurel::fuzz {

inline void require(bool holds, const char* rule) {
  if (holds) return;
  std::cerr << "broken rule: " << rule << "\n";
  std::abort();
}

// Calls the parser. Its Error must say something that can be shown.
template <class Call>
void guarded(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    require(!error.message.empty(), "an Error has a message");
    require(printable(error.message).size() < (size_t{64} << 10), "a message has an end");
  }
}

inline std::string_view text_of(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// The input in parts, cut at bytes that no UTF-8 text holds; missing ones are empty.
inline std::vector<std::string> parts_of(const uint8_t* data, size_t size, size_t count) {
  std::string_view rest = text_of(data, size);
  std::vector<std::string> parts;
  while (parts.size() + 1 < count) {
    const size_t end = std::min(rest.find('\xFF'), rest.size());
    parts.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  parts.emplace_back(rest);
  return parts;
}

// A file in memory, for parsers that take a path.
class MemoryFile {
 public:
  MemoryFile(const uint8_t* data, size_t size) : file_(::memfd_create("fuzz", MFD_CLOEXEC)) {
    require(file_ >= 0, "a file in memory can be made");
    size_t done = 0;
    while (done < size) {
      const ssize_t written = ::write(file_, data + done, size - done);
      require(written > 0, "a file in memory can be written");
      done += static_cast<size_t>(written);
    }
  }
  MemoryFile(const MemoryFile&) = delete;
  ~MemoryFile() { ::close(file_); }

  std::string path() const { return str("/proc/self/fd/", file_); }

 private:
  int file_;
};

}  // namespace laurel::fuzz
