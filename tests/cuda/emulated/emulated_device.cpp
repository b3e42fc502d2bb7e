// The emulated kernels in the place of the device's.
#include "cuda/test_device.h"
#include "ops/cuda/device.h"

namespace laurel {

namespace {

bool emulating = false;

}  // namespace

const CudaKernels& cuda_kernels() { return *laurel_cuda_kernels(); }
CudaStream cuda_stream() { return nullptr; }
bool on_cuda(const at::Tensor&) { return emulating; }
at::Tensor to_device(const at::Tensor& x, at::Device) { return x; }

namespace test {

at::Device test_device() { return at::kCPU; }
void emulate_operations(bool emulated) { emulating = emulated; }

}  // namespace test

}  // namespace laurel
