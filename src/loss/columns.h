// What the head gives to a loss.
#pragma once

#include <ATen/core/Tensor.h>

namespace laurel {

// R rows, A attributes.
struct RewardColumns {
  at::Tensor reward;   // (R, A)
  at::Tensor spread;   // (R, A), of losses with two columns per attribute; undefined without
  at::Tensor scalars;  // (S), the loss's own learned numbers; undefined without
};

}  // namespace laurel
