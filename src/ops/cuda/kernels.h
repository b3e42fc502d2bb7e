// The kernels as one table. They live in liblaurel_cuda.so beside the program, which is opened only
// when a run asks for CUDA: a CPU run needs no CUDA library, and a program built without nvcc is
// the same program with that file missing.
#pragma once

#include "ops/cuda/adamw.h"
#include "ops/cuda/gated.h"
#include "ops/cuda/indexed_rows.h"
#include "ops/cuda/norm.h"
#include "ops/cuda/rope.h"

namespace laurel {

// Members are named as the functions, without their prefix.
struct CudaKernels {
  decltype(&cuda_norm_forward) norm_forward;
  decltype(&cuda_norm_backward) norm_backward;
  decltype(&cuda_norm_parts) norm_parts;
  decltype(&cuda_rope) rope;
  decltype(&cuda_gated) gated;
  decltype(&cuda_gather_rows) gather_rows;
  decltype(&cuda_segment_sum) segment_sum;
  decltype(&cuda_norm_blocks) norm_blocks;
  decltype(&cuda_squared_norm) squared_norm;
  decltype(&cuda_decide_update) decide_update;
  decltype(&cuda_adamw) adamw;
  decltype(&cuda_average) average;
};

// The library's one exported symbol. The program looks it up by name; it is not linked.
extern "C" const CudaKernels* laurel_cuda_kernels();

}  // namespace laurel
