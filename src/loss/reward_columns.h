// The head's columns as a loss takes them.
#pragma once

#include <ATen/core/Tensor.h>

namespace laurel {

// P scored positions, A attributes.
struct RewardColumns {
  at::Tensor reward;        // (P, A)
  at::Tensor log_variance;  // (P, A), of losses with two columns per attribute; undefined without
  at::Tensor loss_parameters;  // (S), the loss's own learned numbers; undefined without
};

}  // namespace laurel
