// Fills the table of kernels.
#include "ops/cuda/kernels.h"

namespace laurel {

extern "C" __attribute__((visibility("default"))) const CudaKernels* laurel_cuda_kernels() {
  static const CudaKernels kernels{
      cuda_norm_forward, cuda_norm_backward, cuda_norm_parts,  cuda_rope,
      cuda_gated,        cuda_gather_rows,   cuda_segment_sum, cuda_norm_blocks,
      cuda_squared_norm, cuda_decide_update, cuda_adamw,       cuda_average,
  };
  return &kernels;
}

}  // namespace laurel
