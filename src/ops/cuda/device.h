// Opening CUDA at run time: LibTorch's CUDA part and the library of kernels.
#pragma once

#include <cstdint>
#include <string>

#include "ops/cuda/kernels.h"

namespace laurel {

// Opens libtorch_cuda.so of the LibTorch that the program runs with, then liblaurel_cuda.so beside
// the program, and looks for a device that the kernels are compiled for. Returns why CUDA cannot be
// used, naming the library that is missing, and nothing if it can. Later calls return the same.
// Must come before anything else asks ATen about CUDA, because ATen keeps the first answer.
std::string open_cuda();

// After open_cuda() has returned nothing. Operations run on the default stream.
const CudaKernels& cuda_kernels();
CudaStream cuda_stream();

}  // namespace laurel
