// Where the loop stands between two steps: what the steps to come follow from, beside the weights.
#pragma once

#include <cstdint>

#include "data/deal.h"
#include "train/optimizer.h"

namespace laurel {

struct LoopState {
  int64_t step = 0;        // completed ones
  bool evaluated = false;  // the evaluation due after this step has been made
  DealState data;          // groups of completed steps, not of those that are being packed
  OptimizerState optimizer;
};

}  // namespace laurel
