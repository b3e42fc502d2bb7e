// Rows summed by key without atomics: the order of the sum is fixed, so the result is too.
// A segment is a run of equal keys; whoever is given the first of a run adds up all of it.
#include "ops/cuda/device.cuh"
#include "ops/cuda/indexed_rows.h"

namespace laurel {

namespace {

constexpr int kWarps = 8;

template <class From, class To>
struct SumPointers {
  int64_t count, width, out_rows;
  const From* from;
  const int32_t *key, *row;
  To* out;
  int64_t from_stride, out_stride;
  bool add;
};

template <class From, class To>
__device__ bool begins_segment(const SumPointers<From, To>& p, int64_t j) {
  if (j > 0 && p.key[j - 1] == p.key[j]) return false;
  if (p.key[j] < 0 || p.key[j] >= p.out_rows) __trap();
  return true;
}

// sums += the segment's rows first, first + step, ..., columns [column, +kWidth).
template <int kWidth, class From, class To>
__device__ void add_rows(const SumPointers<From, To>& p, int32_t key, int64_t first, int step,
                         int64_t column, float* sums) {
  for (int64_t j = first; j < p.count && p.key[j] == key; j += step) {
    const Vector<From, kWidth> values = load<kWidth>(p.from + p.row[j] * p.from_stride + column);
    for (int i = 0; i < kWidth; ++i) sums[i] += to_float(values.at[i]);
  }
}

template <int kWidth, class From, class To>
__device__ void write_sums(const SumPointers<From, To>& p, int32_t key, int64_t column,
                           const float* sums) {
  To* const to = p.out + key * p.out_stride + column;
  Vector<To, kWidth> out;
  if (p.add) out = load<kWidth, To>(to);
  for (int i = 0; i < kWidth; ++i) {
    out.at[i] = from_float<To>(p.add ? to_float(out.at[i]) + sums[i] : sums[i]);
  }
  store(to, out);
}

// One warp per segment, for a handful of rows in each: copies of a prompt's keys and values.
template <int kWidth, class From, class To>
__global__ void few_rows_kernel(SumPointers<From, To> p) {
  const int64_t first = static_cast<int64_t>(blockIdx.x) * kWarps + threadIdx.y;
  if (first >= p.count || !begins_segment(p, first)) return;
  const int32_t key = p.key[first];
  for (int64_t column = threadIdx.x * kWidth; column < p.width; column += 32 * kWidth) {
    float sums[kWidth] = {};
    add_rows<kWidth>(p, key, first, 1, column, sums);
    write_sums<kWidth>(p, key, column, sums);
  }
}

// One block per segment and 32 vectors of columns; its warps take turns at the rows, and their sums
// are added in order. For tokens such as a template's, which are in every row.
template <int kWidth, class From, class To>
__global__ void many_rows_kernel(SumPointers<From, To> p, int blocks_per_segment) {
  __shared__ float shared[kWarps][kWidth][32];
  const int64_t first = blockIdx.x / blocks_per_segment;
  if (!begins_segment(p, first)) return;  // the whole block
  const int32_t key = p.key[first];
  const int64_t column =
      (static_cast<int64_t>(blockIdx.x % blocks_per_segment) * 32 + threadIdx.x) * kWidth;
  float sums[kWidth] = {};
  if (column < p.width) add_rows<kWidth>(p, key, first + threadIdx.y, kWarps, column, sums);
  for (int i = 0; i < kWidth; ++i) shared[threadIdx.y][i][threadIdx.x] = sums[i];
  __syncthreads();
  if (threadIdx.y > 0 || column >= p.width) return;
  for (int warp = 1; warp < kWarps; ++warp) {
    for (int i = 0; i < kWidth; ++i) sums[i] += shared[warp][i][threadIdx.x];
  }
  write_sums<kWidth>(p, key, column, sums);
}

template <int kWidth, class From, class To>
void start(const CudaSegmentSum& args, const SumPointers<From, To>& pointers, CudaStream stream) {
  const dim3 threads(32, kWarps);
  if (!args.many_rows) {
    return launch(few_rows_kernel<kWidth, From, To>, ceil_divide(args.count, kWarps), threads,
                  stream, pointers);
  }
  const auto blocks = static_cast<int>(ceil_divide(args.width, 32 * kWidth));
  launch(many_rows_kernel<kWidth, From, To>, args.count * blocks, threads, stream, pointers,
         blocks);
}

template <class From, class To>
void segment_sum(const CudaSegmentSum& args, CudaStream stream) {
  const SumPointers<From, To> pointers{
      args.count,
      args.width,
      args.out_rows,
      static_cast<const From*>(args.from),
      args.key,
      args.row,
      static_cast<To*>(args.out),
      args.from_stride,
      args.out_stride,
      args.add,
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
