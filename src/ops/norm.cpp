// RMS norm over rows, split over the intra-op threads.
#include "ops/norm.h"

#include <ATen/Parallel.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "ops/cpu/norm.h"
#include "ops/cuda/device.h"
#include "ops/cuda/operations.h"
#include "ops/strided_rows.h"
#include "ops/types.h"

namespace laurel {

namespace {

// Rows below this are not worth a thread's start.
constexpr int64_t kRowsPerThread = 16;

double added_to_weight(NormScale scale) { return scale == NormScale::one_plus_weight ? 1 : 0; }

}  // namespace

void rms_norm_forward(const at::Tensor& x, const at::Tensor& weight, double eps,
                      const at::Tensor& out, const at::Tensor& inverse_rms, NormScale scale) {
  if (on_cuda(x)) return rms_norm_forward_cuda(x, weight, eps, out, inverse_rms, scale);
  with_storage(x.scalar_type(), [&]<class T>(T) {
    const NormForward<T> args{
        .x = rows_of<const T>(x),
        .weight = pointer<const T>(weight),
        .added = static_cast<Compute<T>>(added_to_weight(scale)),
        .eps = static_cast<Compute<T>>(eps),
        .out = rows_of<T>(out),
        .inverse_rms = inverse_rms.data_ptr<Compute<T>>(),
    };
    at::parallel_for(0, row_count(x), kRowsPerThread,
                     [&](int64_t begin, int64_t end) { rms_norm_rows(args, begin, end); });
  });
}

void rms_norm_backward(const at::Tensor& grad, const NormSaved& saved, const at::Tensor& weight,
                       const at::Tensor& grad_x, const at::Tensor& grad_weight, WriteMode mode,
                       NormScale scale) {
  if (on_cuda(grad)) {
    return rms_norm_backward_cuda(grad, saved, weight, grad_x, grad_weight, mode, scale);
  }
  const int64_t rows = row_count(grad);
  // Each part sums its rows' weight gradient apart; the parts are then added in order.
  const int64_t parts =
      std::clamp<int64_t>(rows / kRowsPerThread, 1, std::max(1, at::get_num_threads()));
  const at::Tensor sums = at::zeros({parts, weight.numel()}, compute_type(weight.scalar_type()));
  with_storage(grad.scalar_type(), [&]<class T>(T) {
    const NormBackward<T> args{
        .grad = rows_of<const T>(grad),
        .x = rows_of<const T>(saved.x),
        .weight = pointer<const T>(weight),
        .added = static_cast<Compute<T>>(added_to_weight(scale)),
        .inverse_rms = saved.inverse_rms.const_data_ptr<Compute<T>>(),
        .grad_x = rows_of<T>(grad_x),
        .add = mode == WriteMode::add,
    };
    Compute<T>* const sum = sums.data_ptr<Compute<T>>();
    at::parallel_for(0, parts, 1, [&](int64_t first, int64_t last) {
      for (int64_t part = first; part < last; ++part) {
        rms_norm_backward_rows(args, sum + part * weight.numel(), rows * part / parts,
                               rows * (part + 1) / parts);
      }
    });
  });
  if (grad_weight.defined()) {
    for (int64_t part = 0; part < parts; ++part) grad_weight.add_(sums[part]);
  }
}

}  // namespace laurel
