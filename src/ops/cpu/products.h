// Matrix products of tiles that stay in the cache, without a library's cost per call.
#pragma once

#include <cstdint>

namespace laurel {

// C (rows, columns) = A (rows, inner) B (inner, columns), or += if add. B and C are row-major;
// element (i, k) of A lies at a[i * a_row + k * a_inner].
template <class T>
struct Product {
  const T* a;
  int64_t a_row, a_inner;
  const T* b;
  int64_t b_row;
  T* c;
  int64_t c_row;
  int64_t rows, columns, inner;
  bool add;
};

// Rows are taken kProductRows at a time, columns kProductColumns<T>: what lies behind the last ones
// up to a multiple of these is read and written too.
inline constexpr int64_t kProductRows = 6;
template <class T>
inline constexpr int64_t kProductColumns = 64 / sizeof(T);

template <class T>
void multiply(const Product<T>& product);

}  // namespace laurel
