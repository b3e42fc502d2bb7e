// GEMM of tiles that stay in the cache, without a library's cost per call.
#pragma once

#include <cstdint>

#include "ops/cpu/bf16.h"

namespace laurel {

// Two bf16 that are neighbours in the inner dimension of a product, summed up in fp32.
struct Bf16Pair {
  Bf16 first, second;
};

inline Bf16Pair load(Bf16Pair x) { return x; }

template <class T>
struct SumFor {
  using Type = T;
};
template <>
struct SumFor<Bf16Pair> {
  using Type = float;
};

// C (rows, columns) = A (rows, inner) B (inner, columns), or += if add. B and C are row-major;
// element (i, k) of A lies at a[i * a_row + k * a_inner]. T: float, double, or Bf16Pair, of which
// `inner` counts the pairs.
template <class T>
struct Gemm {
  const T* a;
  int64_t a_row, a_inner;
  const T* b;
  int64_t b_row;
  typename SumFor<T>::Type* c;
  int64_t c_row;
  int64_t rows, columns, inner;
  bool add;
};

// Rows are taken kGemmRows at a time, columns kGemmColumns<T>: the elements after the last
// ones, up to a multiple of these, are read and written too.
inline constexpr int64_t kGemmRows = 6;
template <class T>
inline constexpr int64_t kGemmColumns = 64 / sizeof(T);

template <class T>
void gemm(const Gemm<T>& args);

// Whether products of pairs can be called: the CPU has AVX512-BF16, and the compiler was GCC.
bool has_bf16_pair_gemm();

}  // namespace laurel
