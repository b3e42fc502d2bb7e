#include "ops/cpu/all_finite.h"

#include "ops/cpu/clones.h"

namespace laurel {

LAUREL_CLONES bool any_has(uint16_t exponent, const uint16_t* values, int64_t n) {
  uint16_t found = 0;
  for (int64_t i = 0; i < n; ++i) found |= (values[i] & exponent) == exponent;
  return found != 0;
}

LAUREL_CLONES bool any_has(uint32_t exponent, const uint32_t* values, int64_t n) {
  uint32_t found = 0;
  for (int64_t i = 0; i < n; ++i) found |= (values[i] & exponent) == exponent;
  return found != 0;
}

LAUREL_CLONES bool any_has(uint64_t exponent, const uint64_t* values, int64_t n) {
  uint64_t found = 0;
  for (int64_t i = 0; i < n; ++i) found |= (values[i] & exponent) == exponent;
  return found != 0;
}

}  // namespace laurel
