// Stands in for src/ops/cuda/launch.cuh: the kernels, compiled as C++, run on the CPU. Blocks run
// one after the other; the threads of a block are fibers that change at barriers, in random order.
// What this shows: indices, reductions, missing barriers, arithmetic. What it cannot show: races
// between blocks, speed, the device's own instructions.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <string>

#include "ops/cuda/types.h"

// The words that nvcc knows. Blocks do not overlap, so a static variable serves as shared memory.
#define __global__
#define __device__
#define __launch_bounds__(threads)
#define __shared__ static

struct dim3 {
  dim3(unsigned x_, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
  unsigned x, y, z;
};
extern dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace laurel {

// Runs body once per thread of every block. Throws std::logic_error if the threads of a block (or
// of a warp, for a shuffle) do not all reach a barrier.
void emulate(int64_t blocks, dim3 threads, const std::function<void()>& body);

void wait_for_block();
// The value that the lane `offset` away in the exclusive-or sense passed.
uint64_t exchange_in_warp(uint64_t value, int offset);

template <class... Parameters, class... Arguments>
void launch(void (*kernel)(Parameters...), int64_t blocks, dim3 threads, CudaStream,
            const Arguments&... arguments) {
  emulate(blocks, threads, [&] { kernel(arguments...); });
}

}  // namespace laurel

inline void __syncthreads() { laurel::wait_for_block(); }
[[noreturn]] inline void __trap() { std::abort(); }

template <class T>
T __shfl_xor_sync(unsigned /*mask*/, T value, int offset) {
  static_assert(sizeof(T) <= sizeof(uint64_t));
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  bits = laurel::exchange_in_warp(bits, offset);
  std::memcpy(&value, &bits, sizeof(T));
  return value;
}
