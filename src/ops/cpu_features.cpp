// Asks the CPU (cpuid) and the operating system (the enabled register states).
#include "ops/cpu_features.h"

#include <cstdint>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace laurel {

namespace {

#if defined(__x86_64__)

struct CpuId {
  uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

// Zeros where the CPU has no such leaf.
CpuId cpuid(uint32_t leaf, uint32_t subleaf) {
  CpuId id;
  if (__get_cpuid_count(leaf, subleaf, &id.eax, &id.ebx, &id.ecx, &id.edx) == 0) return {};
  return id;
}

bool bit(uint32_t word, int i) { return (word >> i & 1) != 0; }

// Which register states the system saves (XCR0); needs leaf 1's OSXSAVE.
uint32_t saved_states() {
  uint32_t low = 0, high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

CpuFeatures read_features() {
  constexpr uint32_t kAvx512State = 0xe6, kTileState = 0x60000;
  if (!bit(cpuid(1, 0).ecx, 27)) return {};
  const uint32_t states = saved_states();
  const CpuId seven = cpuid(7, 0);
  const bool avx512 =
      (states & kAvx512State) == kAvx512State && bit(seven.ebx, 16) && bit(seven.ebx, 30);
  return {
      .avx512 = avx512,
      .avx512_bf16 = avx512 && bit(cpuid(7, 1).eax, 5),
      .amx_bf16 = (states & kTileState) == kTileState && bit(seven.edx, 22) && bit(seven.edx, 24),
      .intel = cpuid(0, 0).ebx == 0x756e6547,  // "Genu"
  };
}

#else

CpuFeatures read_features() { return {}; }

#endif

}  // namespace

CpuFeatures cpu_features() {
  static const CpuFeatures features = read_features();
  return features;
}

bool has_fast_bf16() { return cpu_features().avx512_bf16 || cpu_features().amx_bf16; }

}  // namespace laurel
