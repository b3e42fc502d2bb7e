// Weights in a narrower type: to the nearest value, or up and down at random so that the expected
// value is the weight's.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>

#include "model/parameters.h"

namespace laurel {

// How the weights of an export get a narrower type.
struct WeightRounding {
  at::ScalarType dtype = at::kFloat;
  Rounding mode = Rounding::nearest;
  uint64_t seed = 0;  // of stochastic rounding
};

// `values` (fp32, contiguous) in the type. Nearest is to nearest even, as LibTorch converts.
// Stochastic takes one of the two neighbours, the nearer one with the larger probability, by a hash
// of (seed, name, place): equal calls give equal bits.
at::Tensor rounded(const at::Tensor& values, std::string_view name, const WeightRounding& rounding);

// All tensors of an fp32 buffer in place, each by its own name.
void round_weights(ParameterBuffer& buffer, const WeightRounding& rounding);

}  // namespace laurel
