// The gated activation, split over rows.
#include "ops/silu.h"

#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>

#include "ops/cpu/silu.h"

namespace laurel {

void gated_silu_forward(const at::Tensor& gate_up, const at::Tensor& out) {
  TORCH_INTERNAL_ASSERT(gate_up.is_contiguous() && out.is_contiguous());
  AT_DISPATCH_FLOATING_TYPES(out.scalar_type(), "gated_silu_forward", [&] {
    const GatedSilu<scalar_t> args{
        .width = out.size(1),
        .gate_up = gate_up.const_data_ptr<scalar_t>(),
        .activated = out.data_ptr<scalar_t>(),
        .grad = nullptr,
        .grad_gate_up = nullptr,
    };
    at::parallel_for(0, out.size(0), 8,
                     [&](int64_t begin, int64_t end) { gated_silu_rows(args, begin, end); });
  });
}

void gated_silu_backward(const at::Tensor& grad, const at::Tensor& gate_up,
                         const at::Tensor& activated, const at::Tensor& grad_gate_up) {
  TORCH_INTERNAL_ASSERT(grad.is_contiguous() && gate_up.is_contiguous() &&
                        activated.is_contiguous() && grad_gate_up.is_contiguous());
  AT_DISPATCH_FLOATING_TYPES(grad.scalar_type(), "gated_silu_backward", [&] {
    const GatedSilu<scalar_t> args{
        .width = grad.size(1),
        .gate_up = gate_up.const_data_ptr<scalar_t>(),
        .activated = activated.data_ptr<scalar_t>(),
        .grad = grad.const_data_ptr<scalar_t>(),
        .grad_gate_up = grad_gate_up.data_ptr<scalar_t>(),
    };
    at::parallel_for(0, grad.size(0), 8, [&](int64_t begin, int64_t end) {
      gated_silu_backward_rows(args, begin, end);
    });
  });
}

}  // namespace laurel
