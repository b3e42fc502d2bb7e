// Rows summed by segment without atomics: the order of the sum is fixed, so the result is too.
#include "ops/cuda/device.cuh"
#include "ops/cuda/rows.h"

namespace laurel {

namespace {

constexpr int kWarps = 8;

template <class From, class To>
struct SumPointers {
  int64_t segments, width;
  const From* from;
  const int32_t *target, *begin, *order;
  To* out;
  int64_t from_stride, out_stride;
  bool add;
};

// sums += rows order[first], order[first + step], ... before `end`, columns [column, +kWidth).
template <int kWidth, class From, class To>
__device__ void add_rows(const SumPointers<From, To>& p, int first, int end, int step,
                         int64_t column, float* sums) {
  for (int j = first; j < end; j += step) {
    const Vector<From, kWidth> values = load<kWidth>(p.from + p.order[j] * p.from_stride + column);
    for (int i = 0; i < kWidth; ++i) sums[i] += to_float(values.at[i]);
  }
}

template <int kWidth, class From, class To>
__device__ void write_sums(const SumPointers<From, To>& p, int64_t segment, int64_t column,
                           const float* sums) {
  To* const to = p.out + p.target[segment] * p.out_stride + column;
  Vector<To, kWidth> out;
  if (p.add) out = load<kWidth, To>(to);
  for (int i = 0; i < kWidth; ++i) {
    out.at[i] = from_float<To>(p.add ? to_float(out.at[i]) + sums[i] : sums[i]);
  }
  store(to, out);
}

// One warp per segment, for a handful of rows in each: copies of a prompt's keys and values.
template <int kWidth, class From, class To>
__global__ void short_segments_kernel(SumPointers<From, To> p) {
  const int64_t segment = static_cast<int64_t>(blockIdx.x) * kWarps + threadIdx.y;
  if (segment >= p.segments) return;
  for (int64_t column = threadIdx.x * kWidth; column < p.width; column += 32 * kWidth) {
    float sums[kWidth] = {};
    add_rows<kWidth>(p, p.begin[segment], p.begin[segment + 1], 1, column, sums);
    write_sums<kWidth>(p, segment, column, sums);
  }
}

// One block per segment and 32 vectors of columns; its warps take turns at the rows, and their sums
// are added in order. For tokens such as a template's, which are in every row.
template <int kWidth, class From, class To>
__global__ void long_segments_kernel(SumPointers<From, To> p, int blocks_per_segment) {
  __shared__ float shared[kWarps][kWidth][32];
  const int64_t segment = blockIdx.x / blocks_per_segment;
  const int64_t column =
      (static_cast<int64_t>(blockIdx.x % blocks_per_segment) * 32 + threadIdx.x) * kWidth;
  float sums[kWidth] = {};
  if (column < p.width) {
    add_rows<kWidth>(p, p.begin[segment] + static_cast<int>(threadIdx.y), p.begin[segment + 1],
                     kWarps, column, sums);
  }
  for (int i = 0; i < kWidth; ++i) shared[threadIdx.y][i][threadIdx.x] = sums[i];
  __syncthreads();
  if (threadIdx.y > 0 || column >= p.width) return;
  for (int warp = 1; warp < kWarps; ++warp) {
    for (int i = 0; i < kWidth; ++i) sums[i] += shared[warp][i][threadIdx.x];
  }
  write_sums<kWidth>(p, segment, column, sums);
}

template <int kWidth, class From, class To>
void start(const CudaSegmentSum& args, const SumPointers<From, To>& pointers, CudaStream stream) {
  const dim3 threads(32, kWarps);
  if (!args.long_segments) {
    return launch(short_segments_kernel<kWidth, From, To>, ceil_divide(args.segments, kWarps),
                  threads, stream, pointers);
  }
  const auto blocks = static_cast<int>(ceil_divide(args.width, 32 * kWidth));
  launch(long_segments_kernel<kWidth, From, To>, args.segments * blocks, threads, stream, pointers,
         blocks);
}

template <class From, class To>
void segment_sum(const CudaSegmentSum& args, CudaStream stream) {
  const SumPointers<From, To> pointers{
      args.segments,   args.width, static_cast<const From*>(args.from), args.target,
      args.begin,      args.order, static_cast<To*>(args.out),          args.from_stride,
      args.out_stride, args.add,
  };
  if (vectors_fit(args.from, {args.width, args.from_stride}) &&
      vectors_fit(args.out, {args.out_stride})) {
    start<kVector>(args, pointers, stream);
  } else {
    start<1>(args, pointers, stream);
  }
}

}  // namespace

void cuda_segment_sum(const CudaSegmentSum& args, CudaStream stream) {
  if (args.from_type == CudaType::bf16 && args.out_type == CudaType::fp32) {
    return segment_sum<CudaBf16, float>(args, stream);
  }
  if (args.from_type != args.out_type) {
    throw std::runtime_error("segment_sum on CUDA: fp32 rows into bf16");
  }
  with_type(args.from_type,
            [&](auto element) { segment_sum<decltype(element), decltype(element)>(args, stream); });
}

}  // namespace laurel
