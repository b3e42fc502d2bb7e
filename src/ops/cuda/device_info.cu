// Asks CUDA's runtime about the current device.
#include <cstring>

#include "ops/cuda/device_info.h"

namespace laurel {

extern "C" __attribute__((visibility("default"))) const char* laurel_cuda_device(
    CudaDeviceInfo* info) {
  int device = 0;
  cudaDeviceProp properties{};
  size_t free = 0;
  size_t total = 0;
  cudaError_t error = cudaGetDevice(&device);
  if (error == cudaSuccess) error = cudaGetDeviceProperties(&properties, device);
  if (error == cudaSuccess) error = cudaMemGetInfo(&free, &total);
  if (error != cudaSuccess) return cudaGetErrorString(error);
  static_assert(sizeof(info->name) == sizeof(properties.name));
  std::memcpy(info->name, properties.name, sizeof(info->name));
  info->capability = properties.major * 10 + properties.minor;
  info->memory = static_cast<int64_t>(total);
  info->free_memory = static_cast<int64_t>(free);
  return nullptr;
}

}  // namespace laurel
