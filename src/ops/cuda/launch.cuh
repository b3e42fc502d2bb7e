// Starts a kernel. The only file with CUDA's launch syntax, so that tests can run kernels on a CPU.
#pragma once

#include <stdexcept>
#include <string>

#include "ops/cuda/types.h"

namespace laurel {

// An error here is a mistake in a launcher, or the report of a kernel that failed before.
template <class... Parameters, class... Arguments>
void launch(void (*kernel)(Parameters...), int64_t blocks, dim3 threads, CudaStream stream,
            const Arguments&... arguments) {
  if (blocks == 0) return;
  kernel<<<static_cast<unsigned>(blocks), threads, 0, stream>>>(arguments...);
  const cudaError_t error = cudaGetLastError();
  if (error != cudaSuccess) {
    throw std::runtime_error(std::string("CUDA: ") + cudaGetErrorString(error));
  }
}

}  // namespace laurel
