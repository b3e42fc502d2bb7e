// The gradient's norm and what follows from it for the coming update, all in device memory.
#include <cmath>

#include "ops/cuda/adamw.h"
#include "ops/cuda/device.cuh"

namespace laurel {

namespace {

constexpr int64_t kThreads = 256;
constexpr int64_t kMostBlocks = 2048;
constexpr int64_t kLeastPerBlock = 4 * kThreads;

// Sums in fp64: fp32 squares overflow for gradients that are finite.
__global__ void squared_parts_kernel(const float* gradient, int64_t size, int64_t per_block,
                                     double* partial) {
  const int64_t begin = blockIdx.x * per_block;
  const int64_t end = begin + per_block < size ? begin + per_block : size;
  double sum = 0;
  // per_block is a multiple of 4, and so is every begin; the last elements come one by one.
  for (int64_t i = begin + 4 * static_cast<int64_t>(threadIdx.x); i < end; i += 4 * blockDim.x) {
    if (i + 4 <= end) {
      const Vector<float, 4> values = load<4>(gradient + i);
      for (const float value : values.at) sum += static_cast<double>(value) * value;
    } else {
      for (int64_t j = i; j < end; ++j) sum += static_cast<double>(gradient[j]) * gradient[j];
    }
  }
  sum = block_sum(sum);
  if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

__global__ void add_squares_kernel(const double* partial, int64_t parts, CudaUpdate* update) {
  double sum = 0;
  for (int64_t i = threadIdx.x; i < parts; i += blockDim.x) sum += partial[i];
  sum = block_sum(sum);
  if (threadIdx.x == 0) update->squares += sum;
}

// The finaliser of SplitMix64 over seed and number of the update.
__device__ uint32_t random_key(uint64_t seed, int64_t update) {
  uint64_t x = seed + static_cast<uint64_t>(update) * 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return static_cast<uint32_t>(x >> 32);
}

// The update's number is a counter on the device, because only the device knows what was skipped.
__global__ void decide_update_kernel(CudaDecision decision, CudaUpdate* update) {
  CudaUpdate u = *update;
  u.norm = sqrt(u.squares);
  u.squares = 0;
  const bool finite = std::isfinite(u.norm);
  if (!finite) ++u.skipped;
  if (!finite && u.skipped > decision.max_skipped) u.stopped = 1;
  u.skip = !finite || u.stopped != 0 ? 1 : 0;
  if (u.skip == 0) {
    ++u.updates;
    const auto n = static_cast<double>(u.updates);
    const double clip = decision.max_norm / (u.norm + 1e-6);
    u.gradient_scale = decision.max_norm > 0 && clip < 1 ? static_cast<float>(clip) : 1.0f;
    u.correction1 = static_cast<float>(1 / (1 - pow(decision.beta1, n)));
    u.correction2 = static_cast<float>(1 / sqrt(1 - pow(decision.beta2, n)));
    u.key = random_key(decision.seed, u.updates);
    const double decay =
        n / (n + 9) < decision.average_decay ? n / (n + 9) : decision.average_decay;
    u.average_rate = u.updates == 1 ? 1.0f : static_cast<float>(1 - decay);
  }
  *update = u;
}

}  // namespace

int64_t cuda_norm_blocks(int64_t size) {
  const int64_t blocks = ceil_divide(size, kLeastPerBlock);
  return blocks < kMostBlocks ? blocks : kMostBlocks;
}

void cuda_squared_norm(const float* gradient, int64_t size, double* partial, CudaUpdate* update,
                       CudaStream stream) {
  const int64_t blocks = cuda_norm_blocks(size);
  if (blocks == 0) return;
  if (!vectors_fit(gradient, {})) throw std::runtime_error("AdamW on CUDA: unaligned gradient");
  launch(squared_parts_kernel, blocks, dim3(static_cast<unsigned>(kThreads)), stream, gradient,
         size, round_up(ceil_divide(size, blocks), 4), partial);
  launch(add_squares_kernel, 1, dim3(static_cast<unsigned>(kThreads)), stream,
         static_cast<const double*>(partial), blocks, update);
}

void cuda_decide_update(const CudaDecision& decision, CudaUpdate* update, CudaStream stream) {
  launch(decide_update_kernel, 1, dim3(1), stream, decision, update);
}

}  // namespace laurel
