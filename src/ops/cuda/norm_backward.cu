// RMS norm backward. A block walks over a run of rows and keeps its part of the weight's gradient
// in registers; a second kernel adds the parts in order, so the result does not depend on timing.
#include "ops/cuda/norm.cuh"
#include "ops/cuda/norm.h"

namespace laurel {

namespace {

// Enough for every multiprocessor of today's devices, and the same on all of them.
constexpr int64_t kThreads = 132 * 1024;
constexpr int64_t kLeastRows = 4;  // of a team; fewer are not worth a part of their own

template <class T>
struct BackwardPointers {
  int64_t rows, width, rows_per_block;
  TypedRows<const T> grad;
  TypedRows<const T> x;
  const T* weight;
  float added;
  const float* inverse_rms;
  TypedRows<T> grad_x;
  bool add;
  float* partial;
};

// The pieces of one row that a thread holds.
template <class Lanes, class T>
struct Pieces {
  Vector<T, Lanes::kWidth> grad, x, old;
};

// Loads a thread's pieces of a row and returns its part of sum(grad * weight * x).
template <class Lanes, class T>
__device__ float load_row(const BackwardPointers<T>& p, int64_t row,
                          const Vector<T, Lanes::kWidth>* weight, Pieces<Lanes, T>* pieces) {
  constexpr int kWidth = Lanes::kWidth;
  float dot = 0;
  for (int v = 0; v < Lanes::kPerLane; ++v) {
    const int column = Lanes::column(v);
    if (column >= p.width) continue;
    Pieces<Lanes, T>& piece = pieces[v];
    piece.grad = load<kWidth>(p.grad[row] + column);
    piece.x = load<kWidth>(p.x[row] + column);
    if (p.add) piece.old = load<kWidth>(p.grad_x[row] + column);
    for (int i = 0; i < kWidth; ++i) {
      dot += to_float(piece.grad.at[i]) * (p.added + to_float(weight[v].at[i])) *
             to_float(piece.x.at[i]);
    }
  }
  return dot;
}

// Writes the row's gradient and adds grad x n to the thread's sums.
template <class Lanes, class T>
__device__ void finish_row(const BackwardPointers<T>& p, int64_t row, float dot,
                           const Vector<T, Lanes::kWidth>* weight, const Pieces<Lanes, T>* pieces,
                           Vector<float, Lanes::kWidth>* sums) {
  constexpr int kWidth = Lanes::kWidth;
  const float inverse = p.inverse_rms[row];
  const float pull = dot * inverse * inverse * inverse / static_cast<float>(p.width);
  for (int v = 0; v < Lanes::kPerLane; ++v) {
    const int column = Lanes::column(v);
    if (column >= p.width) continue;
    Vector<T, kWidth> grad_x;
    for (int i = 0; i < kWidth; ++i) {
      const float grad = to_float(pieces[v].grad.at[i]);
      const float x = to_float(pieces[v].x.at[i]);
      const float old = p.add ? to_float(pieces[v].old.at[i]) : 0.0f;
      const float scale = p.added + to_float(weight[v].at[i]);
      grad_x.at[i] = from_float<T>(old + grad * scale * inverse - x * pull);
      sums[v].at[i] += grad * x * inverse;
    }
    store(p.grad_x[row] + column, grad_x);
  }
}

// One row of `partial` per block, or per warp where the rows of a warp are added up here.
template <class Lanes, class T>
__device__ void store_sums(const BackwardPointers<T>& p, Vector<float, Lanes::kWidth>* sums) {
  int64_t part = blockIdx.x;
  bool writes = true;
  if constexpr (Lanes::kLanes > 0) {
    for (int offset = Lanes::kLanes; offset < 32; offset *= 2) {
      for (int i = 0; i < Lanes::kWidth; ++i) {
        sums[0].at[i] += __shfl_xor_sync(0xFFFFFFFF, sums[0].at[i], offset);
      }
    }
    part = part * (blockDim.x / 32) + threadIdx.x / 32;
    writes = threadIdx.x % 32 < Lanes::kLanes;
  }
  for (int v = 0; v < Lanes::kPerLane; ++v) {
    const int column = Lanes::column(v);
    if (!writes || column >= p.width) continue;
    store(p.partial + part * p.width + column, sums[v]);
  }
}

template <class Lanes, class T>
__global__ void __launch_bounds__(kMaxNormThreads) norm_backward_kernel(BackwardPointers<T> p) {
  constexpr int kWidth = Lanes::kWidth;
  constexpr int kPerLane = Lanes::kPerLane;
  Vector<T, kWidth> weight[kPerLane];
  Vector<float, kWidth> sums[kPerLane] = {};
  for (int v = 0; v < kPerLane; ++v) {
    if (Lanes::column(v) < p.width) weight[v] = load<kWidth>(p.weight + Lanes::column(v));
  }
  const int64_t begin = blockIdx.x * p.rows_per_block;
  const int64_t end = begin + p.rows_per_block < p.rows ? begin + p.rows_per_block : p.rows;
  // All threads of a block make the same number of rounds, because all take part in the sums.
  for (int64_t first = begin; first < end; first += Lanes::teams()) {
    const int64_t row = first + Lanes::team();
    Pieces<Lanes, T> pieces[kPerLane];
    const float part = row < end ? load_row<Lanes>(p, row, weight, pieces) : 0.0f;
    const float dot = Lanes::sum(part);
    if (row < end) finish_row<Lanes>(p, row, dot, weight, pieces, sums);
  }
  if (p.partial != nullptr) store_sums<Lanes>(p, sums);
}

// total[c] += sum of partial[p][c] over p.
// A block takes 32 columns, each of its 32 warps every 32nd part.
__global__ void add_parts_kernel(const float* partial, int64_t parts, int64_t width, float* total) {
  __shared__ float sums[32][33];  // 33: no two lanes of a warp meet in one bank
  const int64_t column = static_cast<int64_t>(blockIdx.x) * 32 + threadIdx.x;
  float sum = 0;
  for (int64_t part = threadIdx.y; part < parts && column < width; part += 32) {
    sum += partial[part * width + column];
  }
  sums[threadIdx.y][threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.y > 0 || column >= width) return;
  float all = 0;
  for (int i = 0; i < 32; ++i) all += sums[i][threadIdx.x];
  total[column] += all;
}

NormShape backward_shape(const CudaNormBackward& args) {
  return norm_shape(args.width,
                    vectors_fit(args.grad, args.width) && vectors_fit(args.x, args.width) &&
                        vectors_fit(args.grad_x, args.width) && vectors_fit(args.weight, {}));
}

int64_t backward_blocks(const NormShape& shape, int64_t rows) {
  const int64_t least = kLeastRows * (shape.threads / shape.lanes);
  const int64_t most = kThreads / shape.threads;
  return ceil_divide(rows, least) < most ? ceil_divide(rows, least) : most;
}

}  // namespace

int64_t cuda_norm_parts(const CudaNormBackward& args) {
  const NormShape shape = backward_shape(args);
  const int64_t blocks = backward_blocks(shape, args.rows);
  return shape.lanes == shape.threads ? blocks : blocks * (shape.threads / 32);
}

void cuda_norm_backward(const CudaNormBackward& args, CudaStream stream) {
  if (args.rows == 0) return;
  const NormShape shape = backward_shape(args);
  const int64_t blocks = backward_blocks(shape, args.rows);
  with_type(args.type, [&](auto element) {
    using T = decltype(element);
    const BackwardPointers<T> pointers{
        args.rows,
        args.width,
        ceil_divide(args.rows, blocks),
        rows_of<const T>(args.grad),
        rows_of<const T>(args.x),
        static_cast<const T*>(args.weight),
        args.added,
        args.inverse_rms,
        rows_of<T>(args.grad_x),
        args.add,
        args.grad_weight == nullptr ? nullptr : args.partial,
    };
    with_lanes(shape, args.width, [&](auto lanes) {
      launch(norm_backward_kernel<decltype(lanes), T>, blocks,
             dim3(static_cast<unsigned>(shape.threads)), stream, pointers);
    });
  });
  if (args.grad_weight == nullptr) return;
  launch(add_parts_kernel, ceil_divide(args.width, 32), dim3(32, 32), stream,
         static_cast<const float*>(args.partial), cuda_norm_parts(args), args.width,
         args.grad_weight);
}

}  // namespace laurel
