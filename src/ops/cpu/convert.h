// Conversions over n neighbouring elements.
#pragma once

#include <cstdint>

#include "ops/cpu/bf16.h"

namespace laurel {

// to[i] += from[i]
void add_elements(const Bf16* from, float* to, int64_t n);
void add_elements(const float* from, Bf16* to, int64_t n);

// sums[i] += sum over rows of from[r * stride + i]; from (rows, n)
void add_rows(const Bf16* from, int64_t rows, int64_t stride, float* sums, int64_t n);

}  // namespace laurel
