// The gated activations of the MLP on CUDA.
#pragma once

#include "ops/cuda/types.h"

namespace laurel {

// gate_up (tokens, 2 I): gate, then up; activated (tokens, I) = act(gate) * up, in fp32. With grad
// (tokens, I) also grad_gate_up (tokens, 2 I), which may be gate_up. All contiguous.
struct CudaGated {
  CudaType type;
  bool gelu;              // by tanh; else silu
  int64_t tokens, width;  // I
  const void* gate_up;
  void* activated;
  const void* grad;    // null: forward only
  void* grad_gate_up;  // with grad
};
void cuda_gated(const CudaGated& args, CudaStream stream);

}  // namespace laurel
