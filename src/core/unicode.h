// UTF-8: validity, code points, white space at the ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace laurel {

// Well-formed UTF-8 by the Unicode standard, table 3-7 (no overlong forms, no surrogates).
bool is_utf8(std::string_view text);

// Number of code points of valid UTF-8.
int64_t code_points(std::string_view text);

// Byte offset of code point number `count` (from 0) of valid UTF-8; the size beyond the last one.
size_t code_point_offset(std::string_view text, int64_t count);

// Valid UTF-8 without leading and trailing white space, as Python's str.strip().
std::string_view strip_white_space(std::string_view text);

}  // namespace laurel
