// Masks of dropout (1207.0580), made of counters: the bits of an element are a hash of where in the
// model it is, of its row and of its column, so that a pass that computes them again, in another
// order or on another thread, gets the same.
#pragma once

#include <cmath>
#include <cstdint>

#include "core/random.h"
#include "ops/cpu/bf16.h"
#include "ops/cpu/dropout_mask.h"
#include "ops/cpu/strided_rows.h"

namespace laurel {

// Of one row: its hash, the number below which an element's bits drop it, and what the others are
// multiplied by, 1 / (1 - rate).
struct RowDropout {
  uint32_t low, high, below;
  double scale;
};

// `part` tells rows with one hash apart: the heads of a query.
inline RowDropout row_dropout(const DropoutMask& mask, int64_t row, uint64_t part = 0) {
  const uint64_t hash = mix64((mask.place ^ mask.rows[static_cast<size_t>(row)]) + part);
  return {.low = static_cast<uint32_t>(hash),
          .high = static_cast<uint32_t>(hash >> 32),
          .below = static_cast<uint32_t>(std::lround(mask.rate * 0x1.0p32)),
          .scale = 1 / (1 - mask.rate)};
}

// The finaliser of MurmurHash3 (Appleby 2011): in 32 bits, because that vectorises.
inline __attribute__((always_inline)) uint32_t mix32(uint32_t x) {
  x = (x ^ (x >> 16)) * 0x85EBCA6Bu;
  x = (x ^ (x >> 13)) * 0xC2B2AE35u;
  return x ^ (x >> 16);
}

// Once with each half of the row's hash.
inline __attribute__((always_inline)) uint32_t dropout_bits(const RowDropout& row,
                                                            uint32_t column) {
  return mix32(mix32(column * 0x9E3779B9u + row.low) ^ row.high);
}

// x (n), the columns from first_column on, in place.
template <class T>
inline __attribute__((always_inline)) void drop_elements(T* x, int64_t n, int64_t first_column,
                                                         const RowDropout& row) {
  const RowDropout local = row;
  const auto scale = static_cast<Compute<T>>(local.scale);
  const auto first = static_cast<uint32_t>(first_column);
  for (int64_t j = 0; j < n; ++j) {
    const bool kept = dropout_bits(local, first + static_cast<uint32_t>(j)) >= local.below;
    store(x[j], kept ? load(x[j]) * scale : Compute<T>(0));
  }
}

// Rows [begin, end) of x, in place.
template <class T>
void drop_rows(const StridedRows<T>& x, const DropoutMask& mask, int64_t begin, int64_t end);

}  // namespace laurel
