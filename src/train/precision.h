// The precision of the backbone: fp32 or bf16.
#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <array>
#include <optional>
#include <string>

namespace laurel {

// automatic: bf16 where the hardware multiplies it faster, else fp32.
enum class Precision { fp32, bf16, automatic };
constexpr auto enum_names(Precision) { return std::array{"fp32", "bf16", "auto"}; }

// fp32 or bf16; unasked, fp32 on a CPU and bf16 on CUDA. Throws Error (usage), which begins with
// `where`, for bf16 on a CPU without products of bf16.
Precision resolve_precision(std::optional<Precision> requested, at::Device device,
                            const std::string& where);

// Of the backbone's weights and activations.
at::ScalarType storage_type(Precision resolved);

}  // namespace laurel
