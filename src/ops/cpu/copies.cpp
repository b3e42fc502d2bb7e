// Loops of the copies, cloned per instruction set.
#include "ops/cpu/copies.h"

#include "ops/cpu/clones.h"

namespace laurel {

template <class From, class To>
LAUREL_CLONES void copy_rows(const RowCopy<From, To>& copy) {
  const int64_t width = copy.width;
  for (int64_t r = 0; r < copy.rows; ++r) {
    const From* __restrict from = copy.from + r * copy.from_stride;
    To* __restrict to = copy.to + r * copy.to_stride;
    for (int64_t i = 0; i < width; ++i) store(to[i], load(from[i]));
  }
}

template <class From, class To>
LAUREL_CLONES void copy_scaled_rows(const RowCopy<From, To>& copy, const From* factors) {
  const int64_t width = copy.width;
  for (int64_t r = 0; r < copy.rows; ++r) {
    const From* __restrict from = copy.from + r * copy.from_stride;
    To* __restrict to = copy.to + r * copy.to_stride;
    const From factor = factors[r];
    for (int64_t i = 0; i < width; ++i) store(to[i], factor * load(from[i]));
  }
}

template <class From, class To>
LAUREL_CLONES void copy_transposed(const RowCopy<From, To>& copy) {
  for (int64_t r = 0; r < copy.rows; ++r) {
    const From* __restrict from = copy.from + r * copy.from_stride;
    To* __restrict to = copy.to + r;
    for (int64_t i = 0; i < copy.width; ++i) store(to[i * copy.to_stride], load(from[i]));
  }
}

template <class From>
LAUREL_CLONES void pair_rows(const RowCopy<From, Bf16Pair>& copy) {
  const int64_t width = copy.width;
  for (int64_t r = 0; r < copy.rows; r += 2) {
    const From* __restrict first = copy.from + r * copy.from_stride;
    const From* __restrict second = first + copy.from_stride;
    Bf16* __restrict to = &copy.to[r / 2 * copy.to_stride].first;
    if (r + 1 < copy.rows) {
      for (int64_t i = 0; i < width; ++i) {
        store(to[2 * i], load(first[i]));
        store(to[2 * i + 1], load(second[i]));
      }
    } else {
      for (int64_t i = 0; i < width; ++i) {
        store(to[2 * i], load(first[i]));
        to[2 * i + 1] = Bf16{0};
      }
    }
  }
}

template void copy_rows(const RowCopy<float, float>&);
template void copy_rows(const RowCopy<double, double>&);
template void copy_rows(const RowCopy<Bf16, float>&);
template void copy_rows(const RowCopy<Bf16, Bf16>&);
template void copy_rows(const RowCopy<float, Bf16>&);
template void copy_scaled_rows(const RowCopy<float, float>&, const float*);
template void copy_scaled_rows(const RowCopy<double, double>&, const double*);
template void copy_scaled_rows(const RowCopy<float, Bf16>&, const float*);
template void copy_transposed(const RowCopy<float, float>&);
template void copy_transposed(const RowCopy<double, double>&);
template void copy_transposed(const RowCopy<Bf16, float>&);
template void copy_transposed(const RowCopy<Bf16Pair, Bf16Pair>&);
template void pair_rows(const RowCopy<Bf16, Bf16Pair>&);
template void pair_rows(const RowCopy<float, Bf16Pair>&);

}  // namespace laurel
