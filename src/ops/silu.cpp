// The gated activation, split over rows.
#include "ops/silu.h"

#include <ATen/Parallel.h>

#include "ops/cpu/silu.h"
#include "ops/cuda/device.h"
#include "ops/cuda/operations.h"
#include "ops/strided_rows.h"

namespace laurel {

void gated_silu_forward(const at::Tensor& gate_up, const at::Tensor& out) {
  if (on_cuda(gate_up)) return gated_silu_forward_cuda(gate_up, out);
  TORCH_INTERNAL_ASSERT(gate_up.is_contiguous() && out.is_contiguous());
  with_storage(out.scalar_type(), [&]<class T>(T) {
    const GatedSilu<T> args{
        .width = out.size(1),
        .gate_up = pointer<const T>(gate_up),
        .activated = pointer<T>(out),
        .grad = nullptr,
        .grad_gate_up = nullptr,
    };
    at::parallel_for(0, out.size(0), 8,
                     [&](int64_t begin, int64_t end) { gated_silu_rows(args, begin, end); });
  });
}

void gated_silu_backward(const at::Tensor& grad, const at::Tensor& gate_up,
                         const at::Tensor& activated, const at::Tensor& grad_gate_up) {
  if (on_cuda(grad)) return gated_silu_backward_cuda(grad, gate_up, activated, grad_gate_up);
  TORCH_INTERNAL_ASSERT(grad.is_contiguous() && gate_up.is_contiguous() &&
                        activated.is_contiguous() && grad_gate_up.is_contiguous());
  with_storage(grad.scalar_type(), [&]<class T>(T) {
    const GatedSilu<T> args{
        .width = grad.size(1),
        .gate_up = pointer<const T>(gate_up),
        .activated = pointer<T>(activated),
        .grad = pointer<const T>(grad),
        .grad_gate_up = pointer<T>(grad_gate_up),
    };
    at::parallel_for(0, grad.size(0), 8, [&](int64_t begin, int64_t end) {
      gated_silu_backward_rows(args, begin, end);
    });
  });
}

}  // namespace laurel
