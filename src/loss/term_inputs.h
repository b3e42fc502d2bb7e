// Inputs of a loss: rewards and labels of its terms (labelled cells, pairs, lists), gathered.
//
// All are in the type of the rewards. Units of weight 0, and within lists the entries that are not
// ranked, hold zeros instead of rewards and labels: nothing flows back from them.
#pragma once

#include <ATen/core/Tensor.h>

namespace laurel {

struct PointwiseInputs {
  at::Tensor reward, score;    // (N, A)
  at::Tensor log_variance;     // (N, A), as the model gives it; undefined without
  at::Tensor loss_parameters;  // (S), the loss's own learned numbers; undefined without
};

struct PairwiseInputs {
  at::Tensor better, worse;                  // (N) rewards
  at::Tensor margin, strength, target, tie;  // (N), as in Preference
  at::Tensor loss_parameters;                // (S)
};

struct RankedInputs {
  at::Tensor reward;   // (N, K)
  at::Tensor rank;     // (N, K) int64: 1 = best, equal = tie, -1 = not ranked
  at::Tensor present;  // (N, K) bool: ranked
  at::Tensor score;    // (N, K), larger is better
};

}  // namespace laurel
