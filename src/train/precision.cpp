// Resolves the precision by what the device supports.
#include "train/precision.h"

#include "core/error.h"
#include "core/str.h"
#include "ops/cpu_features.h"

namespace laurel {

Precision resolve_precision(std::optional<Precision> requested, at::Device device,
                            const std::string& where) {
  const Precision precision =
      requested.value_or(device.is_cpu() ? Precision::fp32 : Precision::bf16);
  if (precision == Precision::fp32) return precision;
  if (!device.is_cpu() || has_fast_bf16()) return Precision::bf16;
  if (precision == Precision::automatic) return Precision::fp32;
  throw Error{ErrorKind::usage,
              str(where,
                  ": found bf16, but this CPU has neither AMX-BF16 nor AVX512-BF16, so it would be "
                  "slower than fp32; expected fp32 or auto")};
}

at::ScalarType storage_type(Precision resolved) {
  return resolved == Precision::bf16 ? at::kBFloat16 : at::kFloat;
}

}  // namespace laurel
