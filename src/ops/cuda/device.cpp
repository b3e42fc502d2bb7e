// Opens the CUDA libraries, once per process: ATen's registrations cannot be undone.
#include "ops/cuda/device.h"

#include <ATen/core/Tensor.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <dlfcn.h>
#include <link.h>

#include <filesystem>

#include "core/str.h"

namespace laurel {

namespace {

constexpr int kMinCapability = 80;

struct CudaLibraries {
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

// Opens `path`; returns `missing` where no such file is found, and the linker's words where it is
// there and cannot be loaded.
std::string open_library(const std::filesystem::path& path, int visibility, const char* missing,
                         void** handle) {
  *handle = dlopen(path.c_str(), RTLD_NOW | visibility);
  if (*handle != nullptr) return "";
  const std::string problem = dlerror();
  const std::string absent = path.string() + ": cannot open shared object file";
  return problem.starts_with(absent) ? missing : problem;
}

const c10::impl::DeviceGuardImplInterface& guard() {
  return *c10::impl::getDeviceGuardImpl(c10::DeviceType::CUDA);
}

std::string check_device(decltype(&laurel_cuda_device) device) {
  if (guard().deviceCount() == 0) return "no CUDA device, or no driver for it";
  CudaDeviceInfo info{};
  if (const char* const problem = device(&info)) return problem;
  if (info.capability < kMinCapability) {
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

CudaLibraries open() {
  CudaLibraries libraries;
  void* library = nullptr;
  // The driver first: without it, LibTorch's hundreds of megabytes would be opened for nothing.
  libraries.problem = open_library("libcuda.so.1", RTLD_LOCAL, "no NVIDIA driver", &library);
  if (!libraries.problem.empty()) return libraries;
  libraries.problem = open_library(torch_folder() / "libtorch_cuda.so", RTLD_GLOBAL,
                                   "this LibTorch is built without CUDA", &library);
  if (!libraries.problem.empty()) return libraries;
  const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  libraries.problem = open_library(program / "liblaurel_cuda.so", RTLD_LOCAL,
                                   "laurel was built without CUDA (liblaurel_cuda.so)", &library);
  if (!libraries.problem.empty()) return libraries;
  libraries.device = function_of<decltype(libraries.device)>(library, "laurel_cuda_device");
  libraries.problem = check_device(libraries.device);
  if (!libraries.problem.empty()) return libraries;
  libraries.kernels = function_of<decltype(&laurel_cuda_kernels)>(library, "laurel_cuda_kernels")();
  return libraries;
}

const CudaLibraries& cuda_libraries() {
  static const CudaLibraries libraries = open();
  return libraries;
}

}  // namespace

std::string open_cuda() { return cuda_libraries().problem; }

bool on_cuda(const at::Tensor& x) { return x.is_cuda(); }

at::Tensor to_device(const at::Tensor& x, at::Device device) {
  if (!x.defined() || x.device() == device) return x;
  return x.pin_memory().to(device, /*non_blocking=*/true);
}

const CudaKernels& cuda_kernels() {
  TORCH_INTERNAL_ASSERT(cuda_libraries().kernels != nullptr, cuda_libraries().problem);
  return *cuda_libraries().kernels;
}

CudaStream cuda_stream() {
  // Its number is 0 and its handle null in every version of LibTorch.
  TORCH_INTERNAL_ASSERT(guard().getStream(guard().getDevice()).id() == 0);
  return nullptr;
}

CudaDeviceInfo cuda_device_info() {
  CudaDeviceInfo info{};
  const char* const problem = cuda_libraries().device(&info);
  TORCH_INTERNAL_ASSERT(problem == nullptr, problem);
  return info;
}

}  // namespace laurel
