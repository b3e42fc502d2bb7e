// Infinities and NaN, by their exponents.
#pragma once

#include <cstdint>

namespace laurel {

// True if all bits of `exponent` are set in one of values[0, n).
bool any_has(uint16_t exponent, const uint16_t* values, int64_t n);
bool any_has(uint32_t exponent, const uint32_t* values, int64_t n);
bool any_has(uint64_t exponent, const uint64_t* values, int64_t n);

}  // namespace laurel
