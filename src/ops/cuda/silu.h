// The gated activation of the MLP on CUDA.
#pragma once

#include "ops/cuda/types.h"

namespace laurel {

// gate_up (tokens, 2 I): gate, then up; activated (tokens, I) = gate * sigmoid(gate) * up, in fp32.
// With grad (tokens, I) also grad_gate_up (tokens, 2 I), which may be gate_up. All contiguous.
struct CudaGatedSilu {
  CudaType type;
  int64_t tokens, width;  // I
  const void* gate_up;
  void* activated;
  const void* grad;    // null: forward only
  void* grad_gate_up;  // with grad
};
void cuda_gated_silu(const CudaGatedSilu& args, CudaStream stream);

}  // namespace laurel
