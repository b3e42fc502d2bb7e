// Rows picked by index: one warp copies a row.
#include "ops/cuda/device.cuh"
#include "ops/cuda/rows.h"

namespace laurel {

namespace {

constexpr int64_t kWarps = 8;

template <class From, class To>
struct GatherPointers {
  int64_t count, width, from_rows;
  const From* from;
  const int32_t* index;
  To* out;
  int64_t from_stride, out_stride;
};

template <int kWidth, class From, class To>
__global__ void gather_rows_kernel(GatherPointers<From, To> p) {
  const int64_t row = static_cast<int64_t>(blockIdx.x) * blockDim.y + threadIdx.y;
  if (row >= p.count) return;
  const int64_t source = p.index[row];
  if (source < 0 || source >= p.from_rows) __trap();
  for (int64_t column = threadIdx.x * kWidth; column < p.width; column += 32 * kWidth) {
    const Vector<From, kWidth> values = load<kWidth>(p.from + source * p.from_stride + column);
    Vector<To, kWidth> out;
    for (int i = 0; i < kWidth; ++i) out.at[i] = from_float<To>(to_float(values.at[i]));
    store(p.out + row * p.out_stride + column, out);
  }
}

template <class From, class To>
void gather_rows(const CudaGatherRows& args, CudaStream stream) {
  const bool vectors = vectors_fit(args.from, {args.width, args.from_stride}) &&
                       vectors_fit(args.out, {args.out_stride});
  const GatherPointers<From, To> pointers{
      args.count,       args.width,
      args.from_rows,   static_cast<const From*>(args.from),
      args.index,       static_cast<To*>(args.out),
      args.from_stride, args.out_stride,
  };
  launch(vectors ? gather_rows_kernel<kVector, From, To> : gather_rows_kernel<1, From, To>,
         ceil_divide(args.count, kWarps), dim3(32, kWarps), stream, pointers);
}

}  // namespace

void cuda_gather_rows(const CudaGatherRows& args, CudaStream stream) {
  if (args.from_type == CudaType::bf16 && args.out_type == CudaType::fp32) {
    return gather_rows<CudaBf16, float>(args, stream);
  }
  if (args.from_type != args.out_type) {
    throw std::runtime_error("gather_rows on CUDA: fp32 rows into bf16");
  }
  with_type(args.from_type,
            [&](auto element) { gather_rows<decltype(element), decltype(element)>(args, stream); });
}

}  // namespace laurel
