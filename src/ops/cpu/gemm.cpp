// Products in register tiles, one version per vector width; the CPU's is picked at every call.
#include "ops/cpu/gemm.h"

#include <algorithm>
#include <bit>

namespace laurel {

namespace {

// Rows of B per pass, so that a pass's strip of B stays in the first cache.
constexpr int64_t kStrip = 128;

// Copied from and to memory by memcpy, which takes any address: an attribute for that gets lost on
// vector types that depend on template arguments.
template <int kBytes, class T>
struct Vectors {
  using Type [[gnu::vector_size(kBytes)]] = T;
  static inline __attribute__((always_inline)) void add_product(Type& sum, T factor,
                                                                const T* values) {
    Type others;
    __builtin_memcpy(&others, values, kBytes);
    sum += factor * others;
  }
};

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)

// Assembly, because the types of the intrinsic differ between versions.
template <int kBytes>
struct Vectors<kBytes, Bf16Pair> {
  using Type [[gnu::vector_size(kBytes)]] = float;
  using Words [[gnu::vector_size(kBytes)]] = uint32_t;
  static inline __attribute__((always_inline)) void add_product(Type& sum, Bf16Pair factor,
                                                                const Bf16Pair* values) {
    const Words factors = Words{} + std::bit_cast<uint32_t>(factor);
    Words others;
    __builtin_memcpy(&others, values, kBytes);
    asm("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(factors), "v"(others));
  }
};

#endif

// Sums of kRows x kVectors vectors in registers over `inner` rows of B.
template <int kBytes, int kRows, int kVectors, class T>
inline __attribute__((always_inline)) void tile(const Gemm<T>& p, const T* a, const T* b,
                                                typename SumFor<T>::Type* c, int64_t inner,
                                                bool add) {
  using Vector = typename Vectors<kBytes, T>::Type;
  constexpr int kLanes = kBytes / sizeof(T);
  Vector sums[kRows][kVectors];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      sums[r][v] = Vector{};
      if (add) __builtin_memcpy(&sums[r][v], c + r * p.c_row + v * kLanes, kBytes);
    }
  }
  for (int64_t k = 0; k < inner; ++k) {
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      const T factor = a[r * p.a_row + k * p.a_inner];
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) {
        Vectors<kBytes, T>::add_product(sums[r][v], factor, b + k * p.b_row + v * kLanes);
      }
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      __builtin_memcpy(c + r * p.c_row + v * kLanes, &sums[r][v], kBytes);
    }
  }
}

// All tiles: strips of B, in them columns kVectors vectors at a time, in them rows.
template <int kBytes, int kRows, int kVectors, class T>
inline __attribute__((always_inline)) void tiles(const Gemm<T>& p) {
  constexpr int64_t kLanes = kBytes / sizeof(T);
  const int64_t columns = (p.columns + kGemmColumns<T> - 1) / kGemmColumns<T> * kGemmColumns<T>;
  for (int64_t strip = 0; strip < p.inner; strip += kStrip) {
    const int64_t inner = std::min(kStrip, p.inner - strip);
    const bool add = p.add || strip > 0;
    int64_t column = 0;
    const auto rows = [&]<int kCount>() __attribute__((always_inline)) {
      const T* b = p.b + strip * p.b_row + column;
      for (int64_t row = 0; row < p.rows; row += kRows) {
        tile<kBytes, kRows, kCount>(p, p.a + row * p.a_row + strip * p.a_inner, b,
                                    p.c + row * p.c_row + column, inner, add);
      }
    };
    for (; column + kVectors * kLanes <= columns; column += kVectors * kLanes) {
      rows.template operator()<kVectors>();
    }
    for (; column < columns; column += kLanes) rows.template operator()<1>();
  }
}

#if defined(__x86_64__) && defined(__GNUC__)

template <class T>
[[gnu::target("arch=x86-64-v4")]] void gemm_v4(const Gemm<T>& p) {
  tiles<64, 6, 4>(p);
}

template <class T>
[[gnu::target("arch=x86-64-v3")]] void gemm_v3(const Gemm<T>& p) {
  tiles<32, 6, 2>(p);
}

#if !defined(__clang__)

[[gnu::target("arch=x86-64-v4,avx512bf16")]] void gemm_pairs(const Gemm<Bf16Pair>& p) {
  tiles<64, 6, 4>(p);
}

#endif
#endif

}  // namespace

template <class T>
void gemm(const Gemm<T>& args) {
#if defined(__x86_64__) && defined(__GNUC__)
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq")) {
    return gemm_v4(args);
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return gemm_v3(args);
#endif
  tiles<16, 3, 2>(args);
}

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)

template <>
void gemm(const Gemm<Bf16Pair>& args) {
  gemm_pairs(args);
}

bool has_bf16_pair_gemm() { return __builtin_cpu_supports("avx512bf16"); }

#else

template <>
void gemm(const Gemm<Bf16Pair>&) {}

bool has_bf16_pair_gemm() { return false; }

#endif

template void gemm(const Gemm<float>&);
template void gemm(const Gemm<double>&);

}  // namespace laurel
