// Version texts; the revision comes from a header that the build writes.
#include "application/version.h"

#include <torch/version.h>

#include "core/str.h"
#include "laurel_version.h"
#include "ops/cpu_features.h"

namespace laurel {

std::string version() { return LAUREL_VERSION; }
std::string revision() { return LAUREL_REVISION; }
std::string libtorch_version() { return TORCH_VERSION; }

std::string cpu_text() {
  const CpuFeatures cpu = cpu_features();
  std::vector<std::string> names;
  if (__builtin_cpu_supports("avx2")) names.push_back("avx2");
  if (__builtin_cpu_supports("avx512f")) names.push_back("avx512");
  if (cpu.avx512_bf16) names.push_back("avx512_bf16");
  if (cpu.amx_bf16) names.push_back("amx_bf16");
  return names.empty() ? "none of avx2, avx512, avx512_bf16, amx_bf16" : join(names, " ");
}

std::string version_text() {
  return str("laurel ", version(), " (", revision(), ")\nLibTorch ", libtorch_version(), "\nCPU ",
             cpu_text());
}

}  // namespace laurel
