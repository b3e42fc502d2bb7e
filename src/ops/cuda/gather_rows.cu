// Rows picked by index: one warp copies a row.
#include "ops/cuda/device.cuh"
#include "ops/cuda/indexed_rows.h"

namespace laurel {

namespace {

constexpr int64_t kWarps = 8;

template <class T>
struct GatherPointers {
  int64_t count, width, from_rows;
  const T* from;
  const int32_t* index;
  T* out;
  int64_t from_stride, out_stride;
};

template <int kWidth, class T>
__global__ void gather_rows_kernel(GatherPointers<T> p) {
  const int64_t row = static_cast<int64_t>(blockIdx.x) * blockDim.y + threadIdx.y;
  if (row >= p.count) return;
  const int64_t source = p.index[row];
  if (source < 0 || source >= p.from_rows) __trap();
  for (int64_t column = threadIdx.x * kWidth; column < p.width; column += 32 * kWidth) {
    store(p.out + row * p.out_stride + column,
          load<kWidth>(p.from + source * p.from_stride + column));
  }
}

template <class T>
void gather_rows(const CudaGatherRows& args, CudaStream stream) {
  const bool vectors = vectors_fit(args.from, {args.width, args.from_stride}) &&
                       vectors_fit(args.out, {args.out_stride});
  const GatherPointers<T> pointers{
      args.count,       args.width,
      args.from_rows,   static_cast<const T*>(args.from),
      args.index,       static_cast<T*>(args.out),
      args.from_stride, args.out_stride,
  };
  launch(vectors ? gather_rows_kernel<kVector, T> : gather_rows_kernel<1, T>,
         ceil_divide(args.count, kWarps), dim3(32, kWarps), stream, pointers);
}

}  // namespace

void cuda_gather_rows(const CudaGatherRows& args, CudaStream stream) {
  with_type(args.type, [&](auto element) { gather_rows<decltype(element)>(args, stream); });
}

}  // namespace laurel
