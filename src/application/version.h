// What this program is: version, revision, LibTorch, and what the CPU can do.
#pragma once

#include <string>

namespace laurel {

std::string version();   // "0.1.0"
std::string revision();  // of the sources, e.g. "1f2e3d4c5b6a-dirty"
std::string libtorch_version();
std::string cpu_text();  // "avx2 avx512 avx512_bf16 amx_bf16"

// Three lines for --version.
std::string version_text();

}  // namespace laurel
