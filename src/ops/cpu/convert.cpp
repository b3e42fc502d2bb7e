// Loops of the conversions, cloned per instruction set.
#include "ops/cpu/convert.h"

#include "ops/cpu/clones.h"

namespace laurel {

LAUREL_CLONES void add_elements(const Bf16* from, float* to, int64_t n) {
  for (int64_t i = 0; i < n; ++i) to[i] += load(from[i]);
}

LAUREL_CLONES void add_elements(const float* from, Bf16* to, int64_t n) {
  for (int64_t i = 0; i < n; ++i) store(to[i], load(to[i]) + from[i]);
}

LAUREL_CLONES void add_rows(const Bf16* from, int64_t rows, int64_t stride, float* sums,
                            int64_t n) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t i = 0; i < n; ++i) sums[i] += load(from[r * stride + i]);
  }
}

}  // namespace laurel
