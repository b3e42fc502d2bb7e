// UTF-8: validity and length in code points.
#pragma once

#include <cstdint>
#include <string_view>

namespace laurel {

// Well-formed UTF-8 by the Unicode standard, table 3-7 (no overlong forms, no surrogates).
bool is_utf8(std::string_view text);

// Number of code points of valid UTF-8.
int64_t code_points(std::string_view text);

}  // namespace laurel
