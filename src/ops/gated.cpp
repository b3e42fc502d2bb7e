// The gated activations, split over rows.
#include "ops/gated.h"

#include <ATen/Parallel.h>

#include "ops/cpu/gated.h"
#include "ops/cuda/device.h"
#include "ops/cuda/operations.h"
#include "ops/strided_rows.h"

namespace laurel {

namespace {

template <Gate kGate>
void gated_forward(const at::Tensor& gate_up, const at::Tensor& out) {
  if (on_cuda(gate_up)) return gated_forward_cuda(kGate, gate_up, out);
  TORCH_INTERNAL_ASSERT(gate_up.is_contiguous() && out.is_contiguous());
  with_storage(out.scalar_type(), [&]<class T>(T) {
    const GatedRows<T> args{
        .width = out.size(1),
        .gate_up = pointer<const T>(gate_up),
        .activated = pointer<T>(out),
        .grad = nullptr,
        .grad_gate_up = nullptr,
    };
    at::parallel_for(0, out.size(0), 8,
                     [&](int64_t begin, int64_t end) { gated_rows<kGate>(args, begin, end); });
  });
}

template <Gate kGate>
void gated_backward(const at::Tensor& grad, const at::Tensor& gate_up, const at::Tensor& activated,
                    const at::Tensor& grad_gate_up) {
  if (on_cuda(grad)) return gated_backward_cuda(kGate, grad, gate_up, activated, grad_gate_up);
  TORCH_INTERNAL_ASSERT(grad.is_contiguous() && gate_up.is_contiguous() &&
                        activated.is_contiguous() && grad_gate_up.is_contiguous());
  with_storage(grad.scalar_type(), [&]<class T>(T) {
    const GatedRows<T> args{
        .width = grad.size(1),
        .gate_up = pointer<const T>(gate_up),
        .activated = pointer<T>(activated),
        .grad = pointer<const T>(grad),
        .grad_gate_up = pointer<T>(grad_gate_up),
    };
    at::parallel_for(0, grad.size(0), 8, [&](int64_t begin, int64_t end) {
      gated_backward_rows<kGate>(args, begin, end);
    });
  });
}

}  // namespace

void gated_silu_forward(const at::Tensor& gate_up, const at::Tensor& out) {
  gated_forward<Gate::silu>(gate_up, out);
}

void gated_silu_backward(const at::Tensor& grad, const at::Tensor& gate_up,
                         const at::Tensor& activated, const at::Tensor& grad_gate_up) {
  gated_backward<Gate::silu>(grad, gate_up, activated, grad_gate_up);
}

void gated_gelu_tanh_forward(const at::Tensor& gate_up, const at::Tensor& out) {
  gated_forward<Gate::gelu_tanh>(gate_up, out);
}

void gated_gelu_tanh_backward(const at::Tensor& grad, const at::Tensor& gate_up,
                              const at::Tensor& activated, const at::Tensor& grad_gate_up) {
  gated_backward<Gate::gelu_tanh>(grad, gate_up, activated, grad_gate_up);
}

}  // namespace laurel
