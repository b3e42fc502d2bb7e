// The exact GELU, split over rows.
#include "ops/exact_gelu.h"

#include <ATen/Parallel.h>

#include "ops/cpu/exact_gelu.h"
#include "ops/cuda/device.h"
#include "ops/cuda/encoder_math.h"
#include "ops/strided_rows.h"

namespace laurel {

namespace {

// Rows below this are not worth a thread's start.
constexpr int64_t kGeluRows = 8;

template <class T>
ExactGelu<T> gelu_args(const at::Tensor& x, const at::Tensor& activated) {
  TORCH_INTERNAL_ASSERT(x.is_contiguous() && activated.is_contiguous());
  return {.width = activated.size(1),
          .x = pointer<const T>(x),
          .activated = pointer<T>(activated),
          .grad = nullptr,
          .grad_x = nullptr};
}

template <class T>
GatedExactGelu<T> gated_gelu_args(const at::Tensor& gate_up, const at::Tensor& activated) {
  TORCH_INTERNAL_ASSERT(gate_up.is_contiguous() && activated.is_contiguous());
  return {.width = activated.size(1),
          .gate_up = pointer<const T>(gate_up),
          .activated = pointer<T>(activated),
          .grad = nullptr,
          .grad_gate_up = nullptr};
}

}  // namespace

void exact_gelu_forward(const at::Tensor& x, const at::Tensor& out) {
  if (on_cuda(x)) return exact_gelu_forward_math(x, out);
  with_storage(out.scalar_type(), [&]<class T>(T) {
    const ExactGelu<T> args = gelu_args<T>(x, out);
    at::parallel_for(0, out.size(0), kGeluRows,
                     [&](int64_t begin, int64_t end) { exact_gelu_rows(args, begin, end); });
  });
}

void exact_gelu_backward(const at::Tensor& grad, const at::Tensor& x, const at::Tensor& activated,
                         const at::Tensor& grad_x) {
  if (on_cuda(grad)) return exact_gelu_backward_math(grad, x, activated, grad_x);
  TORCH_INTERNAL_ASSERT(grad.is_contiguous() && grad_x.is_contiguous());
  with_storage(grad.scalar_type(), [&]<class T>(T) {
    ExactGelu<T> args = gelu_args<T>(x, activated);
    args.grad = pointer<const T>(grad);
    args.grad_x = pointer<T>(grad_x);
    at::parallel_for(0, grad.size(0), kGeluRows, [&](int64_t begin, int64_t end) {
      exact_gelu_backward_rows(args, begin, end);
    });
  });
}

void gated_exact_gelu_forward(const at::Tensor& gate_up, const at::Tensor& out) {
  if (on_cuda(gate_up)) return gated_exact_gelu_forward_math(gate_up, out);
  with_storage(out.scalar_type(), [&]<class T>(T) {
    const GatedExactGelu<T> args = gated_gelu_args<T>(gate_up, out);
    at::parallel_for(0, out.size(0), kGeluRows,
                     [&](int64_t begin, int64_t end) { gated_exact_gelu_rows(args, begin, end); });
  });
}

void gated_exact_gelu_backward(const at::Tensor& grad, const at::Tensor& gate_up,
                               const at::Tensor& activated, const at::Tensor& grad_gate_up) {
  if (on_cuda(grad)) {
    return gated_exact_gelu_backward_math(grad, gate_up, activated, grad_gate_up);
  }
  TORCH_INTERNAL_ASSERT(grad.is_contiguous() && grad_gate_up.is_contiguous());
  with_storage(grad.scalar_type(), [&]<class T>(T) {
    GatedExactGelu<T> args = gated_gelu_args<T>(gate_up, activated);
    args.grad = pointer<const T>(grad);
    args.grad_gate_up = pointer<T>(grad_gate_up);
    at::parallel_for(0, grad.size(0), kGeluRows, [&](int64_t begin, int64_t end) {
      gated_exact_gelu_backward_rows(args, begin, end);
    });
  });
}

}  // namespace laurel
