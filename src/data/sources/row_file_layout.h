// How a file of rows is laid out; for its reader and its writer alone.
//
// kMagic, bodies, and what is checked as a whole when the file is opened: padding to 8, index,
// numbers of slices, padding, prompts, facts, key; then the footer. A body is three parts: the
// covariates of its responses; the label and the annotators' scores; and the rest. Before each of the
// first two stand its size and its checksum. Everything is in this machine's byte order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/checksum.h"

namespace laurel::row_file {

inline constexpr std::string_view kMagic = "laurel tokenised rows 8\n";
inline constexpr size_t kCheckedAtOnce = size_t{1} << 20;

struct Footer {
  uint64_t bodies_end, rows, slice_fields, prompts, facts_bytes, key_bytes;
  uint64_t checksum;  // of all between the bodies and this
  uint64_t of_this = 0;

  uint64_t checksum_of_this() const {
    return checksum64({reinterpret_cast<const char*>(this), offsetof(Footer, of_this)});
  }
};

inline uint64_t padded(uint64_t size) { return (size + 7) / 8 * 8; }

template <class T>
std::string_view bytes_of_list(std::span<const T> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

}  // namespace laurel::row_file
