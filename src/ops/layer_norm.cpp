// Layer norm over rows, split over the intra-op threads.
#include "ops/layer_norm.h"

#include <ATen/Parallel.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "ops/cpu/layer_norm.h"
#include "ops/cuda/device.h"
#include "ops/cuda/encoder_math.h"
#include "ops/strided_rows.h"
#include "ops/types.h"

namespace laurel {

namespace {

// Rows below this are not worth a thread's start.
constexpr int64_t kLayerNormRows = 16;

}  // namespace

void layer_norm_forward(const at::Tensor& x, const LayerNorm& norm, double eps,
                        const at::Tensor& out, const LayerNormStatistics& statistics) {
  if (on_cuda(x)) return layer_norm_forward_math(x, norm, eps, out, statistics);
  with_storage(x.scalar_type(), [&]<class T>(T) {
    const LayerNormForward<T> args{
        .x = rows_of<const T>(x),
        .weight = pointer<const T>(norm.weight),
        .bias = norm.bias.defined() ? pointer<const T>(norm.bias) : nullptr,
        .eps = static_cast<Compute<T>>(eps),
        .out = rows_of<T>(out),
        .mean = statistics.mean.data_ptr<Compute<T>>(),
        .inverse = statistics.inverse.data_ptr<Compute<T>>(),
    };
    at::parallel_for(0, row_count(x), kLayerNormRows,
                     [&](int64_t begin, int64_t end) { layer_norm_rows(args, begin, end); });
  });
}

void layer_norm_backward(const at::Tensor& grad, const at::Tensor& x,
                         const LayerNormStatistics& statistics, const at::Tensor& weight,
                         const at::Tensor& grad_x, const LayerNorm& gradient, WriteMode mode) {
  if (on_cuda(grad)) {
    return layer_norm_backward_math(grad, x, statistics, weight, grad_x, gradient, mode);
  }
  const int64_t rows = row_count(grad), width = weight.numel();
  // Each part sums its rows' gradients apart; the parts are then added in order.
  const int64_t parts =
      std::clamp<int64_t>(rows / kLayerNormRows, 1, std::max(1, at::get_num_threads()));
  const at::Tensor sums = at::zeros({parts, 2, width}, compute_type(weight.scalar_type()));
  with_storage(grad.scalar_type(), [&]<class T>(T) {
    const LayerNormBackward<T> args{
        .grad = rows_of<const T>(grad),
        .x = rows_of<const T>(x),
        .weight = pointer<const T>(weight),
        .mean = statistics.mean.const_data_ptr<Compute<T>>(),
        .inverse = statistics.inverse.const_data_ptr<Compute<T>>(),
        .grad_x = rows_of<T>(grad_x),
        .add = mode == WriteMode::add,
    };
    Compute<T>* const sum = sums.data_ptr<Compute<T>>();
    at::parallel_for(0, parts, 1, [&](int64_t first, int64_t last) {
      for (int64_t part = first; part < last; ++part) {
        layer_norm_backward_rows(args, sum + part * 2 * width, rows * part / parts,
                                 rows * (part + 1) / parts);
      }
    });
  });
  for (int64_t part = 0; part < parts; ++part) {
    if (gradient.weight.defined()) gradient.weight.add_(sums[part][0]);
    if (gradient.bias.defined()) gradient.bias.add_(sums[part][1]);
  }
}

}  // namespace laurel
