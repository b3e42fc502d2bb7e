// What a unit loss sees: the rewards and the labels of its units, gathered from the rows.
//
// All are in the type of the rewards. Units of weight 0, and within lists the entries that are not
// ranked, hold zeros instead of rewards and labels: nothing flows back from them.
#pragma once

#include <ATen/core/Tensor.h>

namespace laurel {

struct PointwiseUnits {
  at::Tensor reward, score;  // (N, A)
  at::Tensor spread;         // (N, A), as the model gives it; undefined without
  at::Tensor scalars;        // (S), the loss's own learned numbers; undefined without
};

struct PairwiseUnits {
  at::Tensor better, worse;                  // (P) rewards
  at::Tensor margin, strength, target, tie;  // (P), as in Preference
  at::Tensor scalars;                        // (S)
};

struct RankedUnits {
  at::Tensor reward;   // (N, K)
  at::Tensor rank;     // (N, K) int64: 1 = best, equal = tie, -1 = not ranked
  at::Tensor present;  // (N, K) bool: ranked
  at::Tensor score;    // (N, K), larger is better
};

}  // namespace laurel
