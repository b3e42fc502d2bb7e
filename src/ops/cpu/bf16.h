// bf16 as kernels store it, and loads and stores that convert from and to what they compute in.
#pragma once

#include <bit>
#include <cstdint>

namespace laurel {

// The upper half of an fp32; same layout as at::BFloat16.
struct Bf16 {
  uint16_t bits;
};

template <class T>
struct ComputeFor {
  using Type = T;
};
template <>
struct ComputeFor<Bf16> {
  using Type = float;
};
// What a kernel computes in: fp32 for bf16, else the type itself.
template <class T>
using Compute = typename ComputeFor<T>::Type;

inline __attribute__((always_inline)) float load(float x) { return x; }
inline __attribute__((always_inline)) double load(double x) { return x; }
inline __attribute__((always_inline)) float load(Bf16 x) {
  return std::bit_cast<float>(static_cast<uint32_t>(x.bits) << 16);
}

// Rounds to nearest, ties away from zero, as masters are split: ties to even cost a tenth of a row
// kernel's time, a select for NaN two tenths. NaNs that arithmetic makes stay NaN. In integers,
// because that vectorises without AVX512-BF16.
inline __attribute__((always_inline)) Bf16 rounded(float x) {
  return {static_cast<uint16_t>((std::bit_cast<uint32_t>(x) + 0x8000) >> 16)};
}

template <class T>
inline __attribute__((always_inline)) void store(T& to, Compute<T> x) {
  to = x;
}
template <>
inline __attribute__((always_inline)) void store<Bf16>(Bf16& to, float x) {
  to = rounded(x);
}

}  // namespace laurel
