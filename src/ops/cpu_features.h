// What the CPU offers for matrix products, found at run time.
#pragma once

namespace laurel {

struct CpuFeatures {
  bool avx512;       // the foundation and its byte and word instructions
  bool avx512_bf16;  // pairwise bf16 products into fp32
  bool amx_bf16;     // tiles of them
  bool intel;        // whose library MKL is: its AVX-512 and bf16 paths ask for an Intel CPU
};

// Each as far as the operating system lets programs use it.
CpuFeatures cpu_features();

// Whether matrix products in bf16 are faster than in fp32.
bool has_fast_bf16();

}  // namespace laurel
