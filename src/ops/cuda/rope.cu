// Rope in place: one block per token, whose threads share the token's row of the tables.
#include "ops/cuda/device.cuh"
#include "ops/cuda/rope.h"

namespace laurel {

namespace {

template <class T>
struct RopePointers {
  int heads, half;  // half = K/2
  T* x;
  int64_t token_stride, head_stride;
  const int32_t* positions;
  const float *cos, *sin;
  float direction;
};

template <int kWidth, class T>
__global__ void rope_kernel(RopePointers<T> p) {
  const int64_t token = blockIdx.x;
  const int64_t position = p.positions[token];
  const int pieces = p.half / kWidth;
  for (int i = static_cast<int>(threadIdx.x); i < p.heads * pieces; i += blockDim.x) {
    const int column = i % pieces * kWidth;
    T* const first = p.x + token * p.token_stride + i / pieces * p.head_stride + column;
    T* const second = first + p.half;
    const Vector<float, kWidth> cos = load<kWidth>(p.cos + position * p.half + column);
    const Vector<float, kWidth> sin = load<kWidth>(p.sin + position * p.half + column);
    Vector<T, kWidth> low = load<kWidth, T>(first);
    Vector<T, kWidth> high = load<kWidth, T>(second);
    for (int j = 0; j < kWidth; ++j) {
      const float a = to_float(low.at[j]);
      const float b = to_float(high.at[j]);
      const float turn = p.direction * sin.at[j];
      low.at[j] = from_float<T>(a * cos.at[j] - b * turn);
      high.at[j] = from_float<T>(b * cos.at[j] + a * turn);
    }
    store(first, low);
    store(second, high);
  }
}

}  // namespace

void cuda_rope(const CudaRope& args, CudaStream stream) {
  const int64_t half = args.head_dim / 2;
  const bool vectors = vectors_fit(args.x, {half, args.token_stride, args.head_stride}) &&
                       vectors_fit(args.cos, {}) && vectors_fit(args.sin, {});
  const int64_t work = args.heads * (vectors ? half / kVector : half);
  const dim3 threads(static_cast<unsigned>(work < 256 ? round_up(work, 32) : 256));
  with_type(args.type, [&](auto element) {
    using T = decltype(element);
    const RopePointers<T> pointers{
        static_cast<int>(args.heads),
        static_cast<int>(half),
        static_cast<T*>(args.x),
        args.token_stride,
        args.head_stride,
        args.positions,
        args.cos,
        args.sin,
        args.backward ? -1.0f : 1.0f,
    };
    launch(vectors ? rope_kernel<kVector, T> : rope_kernel<1, T>, args.tokens, threads, stream,
           pointers);
  });
}

}  // namespace laurel
