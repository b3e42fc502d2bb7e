// What a family's block is given in a pass over the layers, whatever the family.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "model/dropout.h"
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
  DropoutPass dropout = {};

  // What is dropped of all tokens, and of those that the rest of a block computes: in the last
  // block the pooled ones.
  DropoutMask drop_all(DropoutPlace place) const {
    return dropout.mask(place, layer, tokens.dropout_rows);
  }
  DropoutMask drop_rest(DropoutPlace place) const {
    return dropout.mask(place, layer, last ? tokens.pooled_dropout_rows : tokens.dropout_rows);
  }

  // Adds to the gradient after the workers before have added the same.
  template <class Addition>
  void add_in_order(const Addition& addition) const {
    reduction->add_in_order(worker, addition);
  }
};

}  // namespace laurel
