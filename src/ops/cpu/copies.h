// Copies of rows between storage and what kernels compute in.
#pragma once

#include <cstdint>

#include "ops/cpu/bf16.h"
#include "ops/cpu/gemm.h"

namespace laurel {

// `rows` rows of `width` neighbouring elements; strides between rows.
template <class From, class To>
struct RowCopy {
  const From* from;
  int64_t from_stride;
  To* to;
  int64_t to_stride;
  int64_t rows, width;
};

template <class From, class To>
void copy_rows(const RowCopy<From, To>& copy);

// to = factors[row] * from
template <class From, class To>
void copy_scaled_rows(const RowCopy<From, To>& copy, const From* factors);

// Element (row, i) of from becomes (i, row) of to.
template <class From, class To>
void copy_transposed(const RowCopy<From, To>& copy);

// Row r of to = rows 2 r and 2 r + 1 of from, paired; a missing last one is zero.
template <class From>
void pair_rows(const RowCopy<From, Bf16Pair>& copy);

}  // namespace laurel
