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

// Byte offset behind the first `count` code points of valid UTF-8, at most its size.
size_t behind_code_points(std::string_view text, int64_t count);

// Valid UTF-8 without the white space at its two ends, which is what Python's str.strip() takes.
std::string_view trimmed(std::string_view text);

}  // namespace laurel
