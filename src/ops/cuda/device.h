// Opening CUDA at run time: LibTorch's CUDA part and the library of kernels.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "ops/cuda/device_info.h"
#include "ops/cuda/kernels.h"

namespace laurel {

// Opens the driver, libtorch_cuda.so of the LibTorch that the program runs with, then
// liblaurel_cuda.so beside the program, and looks for a device that the kernels are compiled for.
// Returns why CUDA cannot be used, naming the library that is missing, and nothing if it can. Later
// calls return the same. Must come before anything else asks ATen about CUDA, because ATen keeps
// the first answer.
std::string open_cuda();

// Whether operations on this tensor are CUDA's.
bool on_cuda(const at::Tensor& x);

// A copy on the device that the host does not wait for: by way of pinned memory, which LibTorch
// keeps until the copy is made. The tensor itself where it is there already, or undefined.
at::Tensor to_device(const at::Tensor& x, at::Device device);

// After open_cuda() has returned nothing. Operations run on the default stream.
const CudaKernels& cuda_kernels();
CudaStream cuda_stream();
CudaDeviceInfo cuda_device_info();

}  // namespace laurel
