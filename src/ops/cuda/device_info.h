// What is known of the device that operations run on.
#pragma once

#include <cstdint>

namespace laurel {

struct CudaDeviceInfo {
  char name[256];
  int32_t capability;           // 90 for 9.0
  int64_t memory, free_memory;  // bytes
};

// Fills `info`; returns CUDA's words for what went wrong, null if nothing. The program looks it up
// in liblaurel_cuda.so by name.
extern "C" const char* laurel_cuda_device(CudaDeviceInfo* info);

}  // namespace laurel
