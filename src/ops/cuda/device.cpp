// Libraries are opened once per process and stay open: ATen's registrations cannot be undone.
#include "ops/cuda/device.h"

#include <ATen/core/Tensor.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <dlfcn.h>
#include <link.h>

#include <filesystem>

#include "core/str.h"

namespace laurel {

namespace {

constexpr int kLeastCapability = 80;

struct Opened {
  std::string problem;  // empty: none
  const CudaKernels* kernels = nullptr;
  decltype(&laurel_cuda_device) device = nullptr;
};

// The folder of the LibTorch that this process has loaded.
std::filesystem::path torch_folder() {
  void* const torch = dlopen("libtorch_cpu.so", RTLD_NOW | RTLD_NOLOAD);
  link_map* map = nullptr;
  if (torch == nullptr || dlinfo(torch, RTLD_DI_LINKMAP, &map) != 0) return {};
  return std::filesystem::path(map->l_name).parent_path();
}

// Opens `path`; returns the linker's words if it cannot.
std::string open_library(const std::filesystem::path& path, int visibility, void** handle) {
  *handle = dlopen(path.c_str(), RTLD_NOW | visibility);
  return *handle == nullptr ? dlerror() : "";
}

const c10::impl::DeviceGuardImplInterface& guard() {
  return *c10::impl::getDeviceGuardImpl(c10::DeviceType::CUDA);
}

std::string check_device(decltype(&laurel_cuda_device) device) {
  if (guard().deviceCount() == 0) return "no CUDA device, or no driver for it";
  CudaDeviceInfo info{};
  if (const char* const problem = device(&info)) return problem;
  if (info.capability < kLeastCapability) {
    return str(info.name, " has compute capability ", info.capability / 10, ".",
               info.capability % 10, ", the kernels need 8.0");
  }
  return "";
}

// A function of the library of kernels.
template <class Function>
Function function_of(void* library, const char* name) {
  const auto function = reinterpret_cast<Function>(dlsym(library, name));
  TORCH_INTERNAL_ASSERT(function != nullptr, name);
  return function;
}

Opened open() {
  Opened opened;
  void* library = nullptr;
  // The driver first: without it, LibTorch's hundreds of megabytes would be opened for nothing.
  opened.problem = open_library("libcuda.so.1", RTLD_LOCAL, &library);
  if (!opened.problem.empty()) return opened;
  opened.problem = open_library(torch_folder() / "libtorch_cuda.so", RTLD_GLOBAL, &library);
  if (!opened.problem.empty()) return opened;
  const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  opened.problem = open_library(program / "liblaurel_cuda.so", RTLD_LOCAL, &library);
  if (!opened.problem.empty()) return opened;
  opened.device = function_of<decltype(opened.device)>(library, "laurel_cuda_device");
  opened.problem = check_device(opened.device);
  if (!opened.problem.empty()) return opened;
  opened.kernels = function_of<decltype(&laurel_cuda_kernels)>(library, "laurel_cuda_kernels")();
  return opened;
}

const Opened& opened_cuda() {
  static const Opened opened = open();
  return opened;
}

}  // namespace

std::string open_cuda() { return opened_cuda().problem; }

bool on_cuda(const at::Tensor& x) { return x.is_cuda(); }

at::Tensor to_device(const at::Tensor& x, at::Device device) {
  if (!x.defined() || x.device() == device) return x;
  return x.pin_memory().to(device, /*non_blocking=*/true);
}

const CudaKernels& cuda_kernels() {
  TORCH_INTERNAL_ASSERT(opened_cuda().kernels != nullptr, opened_cuda().problem);
  return *opened_cuda().kernels;
}

CudaStream cuda_stream() {
  // Its number is 0 and its handle null in every version of LibTorch.
  TORCH_INTERNAL_ASSERT(guard().getStream(guard().getDevice()).id() == 0);
  return nullptr;
}

CudaDeviceInfo cuda_device_info() {
  CudaDeviceInfo info{};
  const char* const problem = opened_cuda().device(&info);
  TORCH_INTERNAL_ASSERT(problem == nullptr, problem);
  return info;
}

}  // namespace laurel
