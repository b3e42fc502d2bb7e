// The AdamW pass: each element of weights, gradient and moments is read once and written once. The
// average's pass after it.
#include <cmath>

#include "ops/cuda/adamw.h"
#include "ops/cuda/device.cuh"

namespace laurel {

namespace {

constexpr int64_t kThreads = 256;

// 32 random bits of an index and a key (the finaliser of MurmurHash3).
__device__ uint32_t random_bits(uint32_t index, uint32_t key) {
  uint32_t x = index * 0x9e3779b9u + key;
  x = (x ^ (x >> 16)) * 0x85ebca6bu;
  x = (x ^ (x >> 13)) * 0xc2b2ae35u;
  return x ^ (x >> 16);
}

// The two halves of a master.
struct Halves {
  uint16_t high;
  int16_t low;
};

// Rounded stochastically, the last bit of `low` says whether `high` was rounded up.
__device__ Halves split(float master, bool stochastic, uint32_t threshold) {
  const auto bits = std::bit_cast<uint32_t>(master);
  if (!stochastic) {
    return {static_cast<uint16_t>((bits + 0x8000) >> 16), static_cast<int16_t>(bits)};
  }
  const uint32_t up = (bits & 0xffff) > threshold ? 1 : 0;
  return {static_cast<uint16_t>((bits >> 16) + up), static_cast<int16_t>((bits & 0xfffe) | up)};
}

__device__ float join(uint16_t high_half, int16_t low_half, bool stochastic) {
  const auto low = static_cast<uint32_t>(static_cast<int32_t>(low_half));
  const uint32_t high = high_half;
  return std::bit_cast<float>(stochastic ? ((high - (low & 1)) << 16) + (low & 0xfffe)
                                         : (high << 16) + low);
}

// Weights of one range as fp32 numbers in memory.
struct PlainWeights {
  float* weight;

  template <int kWidth>
  __device__ Vector<float, kWidth> read(int64_t i) const {
    return load<kWidth, float>(weight + i);
  }
  template <int kWidth>
  __device__ void write(int64_t i, const Vector<float, kWidth>& values, const uint32_t*) const {
    store(weight + i, values);
  }
};

// Weights of one range as the two halves of their masters.
struct SplitWeights {
  uint16_t* high;
  int16_t* low;
  bool stochastic;

  template <int kWidth>
  __device__ Vector<float, kWidth> read(int64_t i) const {
    const Vector<uint16_t, kWidth> highs = load<kWidth, uint16_t>(high + i);
    const Vector<int16_t, kWidth> lows = load<kWidth, int16_t>(low + i);
    Vector<float, kWidth> values;
    for (int j = 0; j < kWidth; ++j) values.at[j] = join(highs.at[j], lows.at[j], stochastic);
    return values;
  }
  template <int kWidth>
  __device__ void write(int64_t i, const Vector<float, kWidth>& values,
                        const uint32_t* random) const {
    Vector<uint16_t, kWidth> highs;
    Vector<int16_t, kWidth> lows;
    for (int j = 0; j < kWidth; ++j) {
      const Halves halves = split(values.at[j], stochastic, random[j] >> 16);
      highs.at[j] = halves.high;
      lows.at[j] = halves.low;
    }
    store(high + i, highs);
    store(low + i, lows);
  }
};

// A second moment in bf16 is rounded up with the probability of the part cut off: to nearest, it
// could not shrink by beta2 = 0.999.
template <class M>
__device__ M moment2_of(float v, uint32_t random) {
  if constexpr (sizeof(M) == 2) {
    return {static_cast<uint16_t>((std::bit_cast<uint32_t>(v) + (random & 0xffff)) >> 16)};
  } else {
    return v;
  }
}

template <class Weights, class M>
struct AdamWPointers {
  int64_t first, size;
  Weights weights;
  float* gradient;
  M *moment1, *moment2;
  const CudaUpdate* update;
  float lr, beta1, beta2, eps, keep;  // keep = 1 - lr * weight_decay
};

template <int kWidth, class Weights, class M>
__device__ void update_elements(const AdamWPointers<Weights, M>& p, const CudaUpdate& update,
                                int64_t i) {
  const Vector<float, kWidth> gradient = load<kWidth, float>(p.gradient + i);
  Vector<M, kWidth> moment1 = load<kWidth, M>(p.moment1 + i);
  Vector<M, kWidth> moment2 = load<kWidth, M>(p.moment2 + i);
  Vector<float, kWidth> weight = p.weights.template read<kWidth>(i);
  uint32_t random[kWidth];
  for (int j = 0; j < kWidth; ++j) {
    random[j] = random_bits(static_cast<uint32_t>(p.first + i + j), update.key);
    const float g = gradient.at[j] * update.gradient_scale;
    const float m = p.beta1 * to_float(moment1.at[j]) + (1.0f - p.beta1) * g;
    const float v = p.beta2 * to_float(moment2.at[j]) + (1.0f - p.beta2) * g * g;
    const float step = p.lr * update.correction1 * m / (sqrtf(v) * update.correction2 + p.eps);
    weight.at[j] = p.keep * weight.at[j] - step;
    moment1.at[j] = from_float<M>(m);
    moment2.at[j] = moment2_of<M>(v, random[j]);
  }
  p.weights.write(i, weight, random);
  store(p.moment1 + i, moment1);
  store(p.moment2 + i, moment2);
}

template <int kWidth, class Weights, class M>
__global__ void adamw_kernel(AdamWPointers<Weights, M> p) {
  const int64_t i = (static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x) * kWidth;
  if (i >= p.size) return;
  const CudaUpdate update = *p.update;
  if (i + kWidth <= p.size) {
    if (update.skip == 0) update_elements<kWidth>(p, update, i);
    store(p.gradient + i, Vector<float, kWidth>{});
    return;
  }
  for (int64_t j = i; j < p.size; ++j) {
    if (update.skip == 0) update_elements<1>(p, update, j);
    p.gradient[j] = 0;
  }
}

template <class Weights, class M>
void start(const CudaAdamW& args, const Weights& weights, bool vectors, CudaStream stream) {
  const AdamWPointers<Weights, M> pointers{
      args.first,
      args.size,
      weights,
      args.gradient,
      static_cast<M*>(args.moment1),
      static_cast<M*>(args.moment2),
      args.update,
      args.lr,
      args.beta1,
      args.beta2,
      args.eps,
      static_cast<float>(1.0 - static_cast<double>(args.lr) * args.weight_decay),
  };
  launch(vectors ? adamw_kernel<kVector, Weights, M> : adamw_kernel<1, Weights, M>,
         ceil_divide(args.size, kThreads * (vectors ? kVector : 1)),
         dim3(static_cast<unsigned>(kThreads)), stream, pointers);
}

template <class Weights>
struct AveragePointers {
  int64_t size;
  Weights weights;
  float* average;
  const CudaUpdate* update;
};

// From the nearer end: exact where the two are equal, and at rate 1.
template <int kWidth, class Weights>
__device__ void move_averages(const AveragePointers<Weights>& p, float rate, int64_t i) {
  const Vector<float, kWidth> weight = p.weights.template read<kWidth>(i);
  Vector<float, kWidth> average = load<kWidth, float>(p.average + i);
  for (int j = 0; j < kWidth; ++j) {
    const float difference = weight.at[j] - average.at[j];
    average.at[j] =
        rate < 0.5f ? average.at[j] + rate * difference : weight.at[j] - (1.0f - rate) * difference;
  }
  store(p.average + i, average);
}

template <int kWidth, class Weights>
__global__ void average_kernel(AveragePointers<Weights> p) {
  const int64_t i = (static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x) * kWidth;
  if (i >= p.size || p.update->skip != 0) return;
  const float rate = p.update->average_rate;
  if (i + kWidth <= p.size) return move_averages<kWidth>(p, rate, i);
  for (int64_t j = i; j < p.size; ++j) move_averages<1>(p, rate, j);
}

template <class Weights>
void start_average(const CudaAverage& args, const Weights& weights, bool vectors,
                   CudaStream stream) {
  const AveragePointers<Weights> pointers{args.size, weights, args.average, args.update};
  launch(vectors ? average_kernel<kVector, Weights> : average_kernel<1, Weights>,
         ceil_divide(args.size, kThreads * (vectors ? kVector : 1)),
         dim3(static_cast<unsigned>(kThreads)), stream, pointers);
}

}  // namespace

void cuda_adamw(const CudaAdamW& args, CudaStream stream) {
  const bool vectors = vectors_fit(args.weight, {}) && vectors_fit(args.high, {}) &&
                       vectors_fit(args.low, {}) && vectors_fit(args.gradient, {}) &&
                       vectors_fit(args.moment1, {}) && vectors_fit(args.moment2, {});
  with_type(args.moments, [&](auto moment) {
    using M = decltype(moment);
    if (args.weight != nullptr) {
      start<PlainWeights, M>(args, {args.weight}, vectors, stream);
    } else {
      start<SplitWeights, M>(args, {args.high, args.low, args.stochastic}, vectors, stream);
    }
  });
}

void cuda_average(const CudaAverage& args, CudaStream stream) {
  const bool vectors = vectors_fit(args.weight, {}) && vectors_fit(args.high, {}) &&
                       vectors_fit(args.low, {}) && vectors_fit(args.average, {});
  if (args.weight != nullptr) {
    start_average<PlainWeights>(args, {args.weight}, vectors, stream);
  } else {
    start_average<SplitWeights>(args, {args.high, args.low, args.stochastic}, vectors, stream);
  }
}

}  // namespace laurel
