// The state of the training loop between two steps, apart from the weights.
#pragma once

#include <cstdint>

#include "data/batches/sampler.h"
#include "train/optimizer.h"

namespace laurel {

struct LoopState {
  int64_t step = 0;        // completed ones
  bool evaluated = false;  // the evaluation due after this step has been made
  SamplerState sampler;    // groups of completed steps, not of those that are being packed
  OptimizerState optimizer;
};

}  // namespace laurel
