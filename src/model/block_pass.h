// What a family's block is given in a pass over the layers, whatever the family.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "model/ordered_reduction.h"
#include "model/recompute.h"
#include "model/worker_tokens.h"

namespace laurel {

struct BlockPass {
  const WorkerTokens& tokens;
  int64_t worker = 0;  // whose tokens these are; backward: the place in the order
  int64_t layer = 0;   // from 0
  bool last = false;   // of the layers: computes what follows attention at the pooled tokens
  Recompute recompute = Recompute::none;
  at::Tensor input;                       // (T, D), of this block
  OrderedReduction* reduction = nullptr;  // backward only

  // Adds to the gradient after the workers before have added the same.
  template <class Addition>
  void add_in_order(const Addition& addition) const {
    reduction->add_in_order(worker, addition);
  }
};

}  // namespace laurel
