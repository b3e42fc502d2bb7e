// RMS norm forward: one read and one write of each row.
#include "ops/cuda/norm.cuh"
#include "ops/cuda/norm.h"

namespace laurel {

namespace {

template <class T>
struct ForwardPointers {
  int64_t rows, width;
  TypedRows<const T> x;
  const T* weight;
  float added;
  float eps;
  TypedRows<T> out;
  float* inverse_rms;
};

template <class Lanes, class T>
__global__ void __launch_bounds__(kMaxNormThreads) norm_forward_kernel(ForwardPointers<T> p) {
  constexpr int kWidth = Lanes::kWidth;
  const int64_t row = static_cast<int64_t>(blockIdx.x) * Lanes::teams() + Lanes::team();
  const bool live = row < p.rows;  // all threads take part in the sum
  Vector<T, kWidth> x[Lanes::kPerLane];
  float squares = 0;
  for (int v = 0; v < Lanes::kPerLane; ++v) {
    const int column = Lanes::column(v);
    if (!live || column >= p.width) continue;
    x[v] = load<kWidth>(p.x[row] + column);
    for (int i = 0; i < kWidth; ++i) squares += to_float(x[v].at[i]) * to_float(x[v].at[i]);
  }
  const float mean = Lanes::sum(squares) / static_cast<float>(p.width);
  const float inverse = 1.0f / sqrtf(mean + p.eps);
  if (!live) return;
  if (Lanes::lane() == 0) p.inverse_rms[row] = inverse;
  for (int v = 0; v < Lanes::kPerLane; ++v) {
    const int column = Lanes::column(v);
    if (column >= p.width) continue;
    const Vector<T, kWidth> weight = load<kWidth>(p.weight + column);
    Vector<T, kWidth> out;
    for (int i = 0; i < kWidth; ++i) {
      out.at[i] =
          from_float<T>(to_float(x[v].at[i]) * inverse * (p.added + to_float(weight.at[i])));
    }
    store(p.out[row] + column, out);
  }
}

bool forward_vectors_fit(const CudaNormForward& args) {
  return vectors_fit(args.x, args.width) && vectors_fit(args.out, args.width) &&
         vectors_fit(args.weight, {});
}

}  // namespace

void cuda_norm_forward(const CudaNormForward& args, CudaStream stream) {
  const NormShape shape = norm_shape(args.width, forward_vectors_fit(args));
  with_type(args.type, [&](auto element) {
    using T = decltype(element);
    const ForwardPointers<T> pointers{
        args.rows,  args.width, rows_of<const T>(args.x), static_cast<const T*>(args.weight),
        args.added, args.eps,   rows_of<T>(args.out),     args.inverse_rms,
    };
    with_lanes(shape, args.width, [&](auto lanes) {
      launch(norm_forward_kernel<decltype(lanes), T>,
             ceil_divide(args.rows, shape.threads / shape.lanes),
             dim3(static_cast<unsigned>(shape.threads)), stream, pointers);
    });
  });
}

}  // namespace laurel
