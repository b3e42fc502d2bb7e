// A text as a byte stream, for tests.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "data/files/byte_stream.h"

namespace laurel::test {

// No more than `at_once` bytes with each reading.
inline ByteStream::Read bytes_of_text(std::string text, size_t at_once = 1 << 16) {
  return [text = std::move(text), at_once, used = size_t{0}](char* to, size_t size) mutable {
    const size_t count = std::min({size, at_once, text.size() - used});
    std::memcpy(to, text.data() + used, count);
    used += count;
    return count;
  };
}

}  // namespace laurel::test
