// Packs rows, their transpose and tiles of scores as operands of tile products.
#pragma once

#include <cstdint>
#include <type_traits>

#include "ops/cpu/copies.h"
#include "ops/cpu/gemm.h"

namespace laurel {

// Packed = Compute<T>: operands lie as they are. Packed = Bf16Pair: neighbours in the inner
// dimension lie together. `to_stride` counts units.
template <class T, class Packed>
struct Operands {
  using C = Compute<T>;
  static constexpr int64_t kPair = std::is_same_v<Packed, Bf16Pair> ? 2 : 1;

  // Inner dimension: the elements of a row.
  static void pack(const RowCopy<T, Packed>& copy) {
    if constexpr (kPair == 2) {
      copy_rows<Bf16, Bf16>({copy.from, copy.from_stride, &copy.to->first, 2 * copy.to_stride,
                             copy.rows, copy.width});
    } else {
      copy_rows(copy);
    }
  }

  // The same, as the second operand. Pairs: from_stride and width are even.
  static void pack_transposed(const RowCopy<T, Packed>& copy) {
    if constexpr (kPair == 2) {
      copy_transposed<Bf16Pair, Bf16Pair>({reinterpret_cast<const Bf16Pair*>(copy.from),
                                           copy.from_stride / 2, copy.to, copy.to_stride, copy.rows,
                                           copy.width / 2});
    } else {
      copy_transposed(copy);
    }
  }

  // Inner dimension: the rows.
  static void pack_along(const RowCopy<T, Packed>& copy) {
    if constexpr (kPair == 2) {
      pair_rows(copy);
    } else {
      copy_rows(copy);
    }
  }

  // Rows of `pack`, `stride` units apart, as `pack_along` gives them: in `to`, or as they are.
  static const Packed* along(const Packed* packed, int64_t rows, int64_t stride, Packed* to) {
    if constexpr (kPair == 2) {
      pair_rows<Bf16>({&packed->first, 2 * stride, to, 2 * stride, rows, 2 * stride});
      return to;
    } else {
      return packed;
    }
  }

  // Scores (rows, stride) as the first operand, inner dimension the columns or the rows: rounded
  // into `to`, or as they are.
  static const Packed* over_columns(const C* scores, int64_t rows, int64_t stride, Packed* to) {
    if constexpr (kPair == 2) {
      copy_rows<float, Bf16>({scores, stride, &to->first, stride, rows, stride});
      return to;
    } else {
      return scores;
    }
  }
  static const Packed* over_rows(const C* scores, int64_t rows, int64_t stride, Packed* to) {
    if constexpr (kPair == 2) {
      pair_rows<float>({scores, stride, to, stride, rows, stride});
      return to;
    } else {
      return scores;
    }
  }
};

}  // namespace laurel
