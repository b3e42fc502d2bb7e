// The precision of the backbone: fp32 or bf16.
#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <array>
#include <functional>
#include <optional>
#include <string>

#include "ops/linear.h"
#include "ops/matmul_times.h"

namespace laurel {

// automatic: bf16 where its products are measured to be the faster ones, else fp32.
enum class Precision { fp32, bf16, automatic };
constexpr auto enum_names(Precision) { return std::array{"fp32", "bf16", "auto"}; }

struct PrecisionChoice {
  Precision precision;                                     // fp32 or bf16
  Bf16MatmulBackend products = Bf16MatmulBackend::native;  // of bf16 on a CPU
  std::string note = {};                                   // what was measured; may be empty
};

// Unasked, fp32 on a CPU and bf16 on CUDA. For auto and bf16 on a CPU, `time` is called, nullopt
// where it has no products of bf16, and the faster products are taken. Throws Error (usage), which
// begins with `where`, for bf16 on a CPU without them.
PrecisionChoice resolve_precision(std::optional<Precision> requested, at::Device device,
                                  const std::string& where,
                                  const std::function<std::optional<MatmulTimes>()>& time);

// Of the backbone's weights and activations.
at::ScalarType storage_type(Precision resolved);

}  // namespace laurel
