// Token savings: what packing and shared prompts spare, and how long an epoch's products take.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "application/compute.h"
#include "application/run_inputs.h"
#include "config/config.h"

namespace laurel {

struct TokenSavings {
  int64_t steps = 0;     // that were counted: an epoch's, or its first 256
  int64_t padded = 0;    // every response with its prompt, padded to the longest of its step
  int64_t tokens = 0;    // without padding
  int64_t computed = 0;  // with what responses and groups of a prompt share once
  double epoch = 0;      // the part of an epoch that was counted
  double epoch_computed() const { return static_cast<double>(computed) / epoch; }
};

// None where nothing is trained.
std::optional<TokenSavings> token_savings(const Config& config, const RunInputs& inputs);

// "tokens of an epoch: 1.2 M computed; packing saves 31 %, shared prompts 40 % of what is left"
std::string savings_text(const TokenSavings& savings);

// Seconds of the matrix products of an epoch at the speed that this machine's CPU has just shown:
// the least that an epoch takes. None on CUDA.
std::optional<double> epoch_seconds(const RunInputs& inputs, const Compute& compute,
                                    const TokenSavings& savings);

}  // namespace laurel
