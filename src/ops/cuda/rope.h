// Rotary position embedding on CUDA, in place on strided heads.
#pragma once

#include "ops/cuda/types.h"

namespace laurel {

// x (tokens, heads, K), the K elements neighbours: (a, b) -> (a cos - b sin, b cos + a sin) for
// a = element i and b = element i + K/2, in fp32, with row positions[t] of the tables.
struct CudaRope {
  CudaType type;
  int64_t tokens, heads, head_dim;
  void* x;
  int64_t token_stride, head_stride;  // elements
  const int32_t* positions;           // (tokens)
  const float *cos, *sin;             // (positions, K/2)
  bool backward;                      // rotate the other way
};
void cuda_rope(const CudaRope& args, CudaStream stream);

}  // namespace laurel
