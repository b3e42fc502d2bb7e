// Resolves the precision by what the device supports, and how fast.
#include "train/precision.h"

#include <cstdio>

#include "core/error.h"
#include "core/str.h"

namespace laurel {

// Neither backend is left for less: a resumed run should choose as it did before.
static constexpr double kWorthIt = 1.2;

static std::string share_text(double part, double whole) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.2f", part / whole);
  return text;
}

PrecisionChoice resolve_precision(std::optional<Precision> requested, at::Device device,
                                  const std::string& where,
                                  const std::function<std::optional<MatmulTimes>()>& time) {
  const Precision precision =
      requested.value_or(device.is_cpu() ? Precision::fp32 : Precision::bf16);
  if (precision == Precision::fp32) return {Precision::fp32};
  if (!device.is_cpu()) return {Precision::bf16};
  const std::optional<MatmulTimes> measured_times = time();
  if (!measured_times) {
    if (precision == Precision::automatic) return {Precision::fp32};
    throw Error{
        ErrorKind::usage,
        str(where,
            ": found bf16, but this CPU has neither AMX-BF16 nor AVX512-BF16, so it would be "
            "slower than fp32; expected fp32 or auto")};
  }
  const MatmulTimes& times = *measured_times;
  const std::string measured =
      str("products of bf16 take ", share_text(times.bf16, times.fp32), " of fp32's time here");
  if (precision == Precision::automatic && times.bf16 >= times.fp32) {
    return {Precision::fp32, Bf16MatmulBackend::native, str("precision: fp32; ", measured)};
  }
  if (times.bf16 <= kWorthIt * times.converted) {
    return {Precision::bf16, Bf16MatmulBackend::native, str("precision: bf16; ", measured)};
  }
  return {Precision::bf16, Bf16MatmulBackend::converted,
          str("precision: bf16, multiplied as fp32, which takes ",
              share_text(times.converted, times.fp32), "; ", measured)};
}

at::ScalarType storage_type(Precision resolved) {
  return resolved == Precision::bf16 ? at::kBFloat16 : at::kFloat;
}

}  // namespace laurel
