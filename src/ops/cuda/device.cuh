// What kernels share: element types, 16-byte accesses, rows, sums over the threads of a row.
#pragma once

#include <bit>
#include <cstdint>
#include <initializer_list>

#include "ops/cuda/launch.cuh"
#include "ops/cuda/types.h"

namespace laurel {

struct CudaBf16 {
  uint16_t bits;
};

__device__ inline float to_float(float x) { return x; }
__device__ inline float to_float(CudaBf16 x) {
  return std::bit_cast<float>(static_cast<uint32_t>(x.bits) << 16);
}

// Rounds to nearest, ties to even.
template <class T>
__device__ T from_float(float x);
template <>
__device__ inline float from_float<float>(float x) {
  return x;
}
template <>
__device__ inline CudaBf16 from_float<CudaBf16>(float x) {
#ifdef __CUDA_ARCH__
  CudaBf16 rounded;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(rounded.bits) : "f"(x));
  return rounded;
#else
  const auto bits = std::bit_cast<uint32_t>(x);
  if ((bits & 0x7FFFFFFF) > 0x7F800000) return {0x7FFF};
  return {static_cast<uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16)};
#endif
}

// N neighbouring elements, read and written 16 bytes at a time where N = kVector.
constexpr int kVector = 8;
template <class T, int N>
struct alignas(N * sizeof(T) < 16 ? N * sizeof(T) : 16) Vector {
  T at[N];
};
template <int N, class T>
__device__ Vector<T, N> load(const T* from) {
  return *reinterpret_cast<const Vector<T, N>*>(from);
}
template <int N, class T>
__device__ void store(T* to, const Vector<T, N>& values) {
  *reinterpret_cast<Vector<T, N>*>(to) = values;
}

// Whether rows that begin at `data` and multiples of the strides may be read in vectors.
inline bool vectors_fit(const void* data, std::initializer_list<int64_t> strides) {
  bool fit = reinterpret_cast<uintptr_t>(data) % 16 == 0;
  for (const int64_t stride : strides) fit = fit && stride % kVector == 0;
  return fit;
}
template <class V>
bool vectors_fit(const CudaStridedRows<V>& rows, int64_t width) {
  return vectors_fit(rows.data, {width, rows.outer_stride, rows.inner_stride});
}

// CudaStridedRows in their type. Row numbers have 31 bits: 64-bit division is slow.
template <class T>
struct TypedRows {
  T* data;
  uint32_t inner;
  int64_t outer_stride, inner_stride;

  __device__ T* operator[](int64_t row) const {
    const auto r = static_cast<uint32_t>(row);
    return data + (r / inner) * outer_stride + (r % inner) * inner_stride;
  }
};
template <class T, class V>
TypedRows<T> rows_of(const CudaStridedRows<V>& rows) {
  return {static_cast<T*>(rows.data), static_cast<uint32_t>(rows.inner), rows.outer_stride,
          rows.inner_stride};
}

// Sum over kLanes neighbouring lanes of a warp; every lane gets it, the same to the bit.
template <int kLanes, class T>
__device__ T lane_sum(T value) {
  for (int offset = kLanes / 2; offset > 0; offset /= 2) {
    value += __shfl_xor_sync(0xFFFFFFFF, value, offset);
  }
  return value;
}

// Sum over the block, whose size is a multiple of 32; every thread gets it, the same to the bit.
template <class T>
__device__ T block_sum(T value) {
  __shared__ T sums[32];
  value = lane_sum<32>(value);
  __syncthreads();  // an earlier call's sums have been read
  if (threadIdx.x % 32 == 0) sums[threadIdx.x / 32] = value;
  __syncthreads();
  T total = 0;
  for (unsigned warp = 0; warp < blockDim.x / 32; ++warp) total += sums[warp];
  return total;
}

// Calls body with a value of the named element type.
template <class Body>
void with_type(CudaType type, const Body& body) {
  if (type == CudaType::fp32) {
    body(float{});
  } else {
    body(CudaBf16{});
  }
}

inline int64_t ceil_divide(int64_t a, int64_t b) { return (a + b - 1) / b; }
inline int64_t round_up(int64_t a, int64_t b) { return ceil_divide(a, b) * b; }

}  // namespace laurel
