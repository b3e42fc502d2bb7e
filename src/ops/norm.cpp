// RMS norm over rows, split over the intra-op threads.
#include "ops/norm.h"

#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "ops/cpu/norm.h"
#include "ops/rows.h"

namespace laurel {

namespace {

// Rows below this are not worth a thread's start.
constexpr int64_t kRowsPerThread = 16;

}  // namespace

void rms_norm_forward(const at::Tensor& x, const at::Tensor& weight, double eps,
                      const at::Tensor& out, const at::Tensor& inverse_rms) {
  AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "rms_norm_forward", [&] {
    const NormForward<scalar_t> args{
        .x = rows_of<const scalar_t>(x),
        .weight = weight.const_data_ptr<scalar_t>(),
        .eps = static_cast<scalar_t>(eps),
        .out = rows_of<scalar_t>(out),
        .inverse_rms = inverse_rms.data_ptr<scalar_t>(),
    };
    at::parallel_for(0, row_count(x), kRowsPerThread,
                     [&](int64_t begin, int64_t end) { rms_norm_rows(args, begin, end); });
  });
}

void rms_norm_backward(const at::Tensor& grad, const NormSaved& saved, const at::Tensor& weight,
                       const at::Tensor& grad_x, const at::Tensor& grad_weight, Into into) {
  const int64_t rows = row_count(grad);
  // Each part sums its rows' weight gradient apart; the parts are then added in order.
  const int64_t parts =
      std::clamp<int64_t>(rows / kRowsPerThread, 1, std::max(1, at::get_num_threads()));
  const at::Tensor sums = at::zeros({parts, weight.numel()}, weight.options());
  AT_DISPATCH_FLOATING_TYPES(grad.scalar_type(), "rms_norm_backward", [&] {
    const NormBackward<scalar_t> args{
        .grad = rows_of<const scalar_t>(grad),
        .x = rows_of<const scalar_t>(saved.x),
        .weight = weight.const_data_ptr<scalar_t>(),
        .inverse_rms = saved.inverse_rms.const_data_ptr<scalar_t>(),
        .grad_x = rows_of<scalar_t>(grad_x),
        .add = into == Into::add,
    };
    scalar_t* const sum = sums.data_ptr<scalar_t>();
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
