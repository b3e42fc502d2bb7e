// RMS norm on CUDA, of rows or heads, and its gradient.
#pragma once

#include "ops/cuda/types.h"

namespace laurel {

// Per row, in fp32: out = x / rms * (added + weight), inverse_rms = 1 / rms, rms = sqrt(mean(x^2) + eps).
// out may be x.
struct CudaNormForward {
  CudaType type;  // of all but inverse_rms
  int64_t rows, width;
  CudaStridedRows<const void> x;
  const void* weight;
  float added;
  float eps;
  CudaStridedRows<void> out;
  float* inverse_rms;  // (rows)
};
void cuda_norm_forward(const CudaNormForward& args, CudaStream stream);

// With g = grad * (added + weight) and n = inverse_rms:  grad_x = g n - x n^3 mean(g x), added to what is
// there if `add`, else overwriting (then grad_x may be grad);  grad_weight += sum over rows of
// grad x n, in an order that depends on the shape only.
struct CudaNormBackward {
  CudaType type;  // of grad, x, weight and grad_x
  int64_t rows, width;
  CudaStridedRows<const void> grad, x;
  const void* weight;
  float added;
  const float* inverse_rms;  // (rows)
  CudaStridedRows<void> grad_x;
  bool add;
  float* partial;      // scratch, (cuda_norm_parts(args), width)
  float* grad_weight;  // (width), or null: not wanted, and no partial
};
void cuda_norm_backward(const CudaNormBackward& args, CudaStream stream);
int64_t cuda_norm_parts(const CudaNormBackward& args);

}  // namespace laurel
