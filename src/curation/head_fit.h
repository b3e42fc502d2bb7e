// A reward head on frozen features: a linear map without bias, fitted by the Bradley-Terry loss.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "data/group.h"

namespace laurel {

// A pair by the rows of its responses in the features.
using FeaturePair = Preference;

// Features (N, D) in fp64: mean 0 and deviation 1 over the rows, so that one L2 fits all columns. A
// column without deviation becomes 0.
at::Tensor standardised(const at::Tensor& features);

// (D), where a fit starts.
at::Tensor zero_head(const at::Tensor& features);

// The weight (D) that minimises the mean loss of the pairs + l2 / 2 |weight|^2: the objective that
// training has, differentiated in the same way, by L-BFGS over all pairs at once from `start`. The
// problem is convex, so that where it starts decides how long it takes, not where it ends.
at::Tensor fit_head(const at::Tensor& features, std::span<const FeaturePair> pairs, double l2,
                    const at::Tensor& start);

// Margins of pairs: reward of the better response minus that of the worse.
std::vector<double> margins_of(const at::Tensor& features, std::span<const FeaturePair> pairs,
                               const at::Tensor& weight);

// The L2 with the least loss on `held_out` of heads fitted on `pairs`, of a fixed grid.
struct ChosenL2 {
  double l2 = 0;
  double log_loss = 0;  // of the held-out pairs, a pair
};
ChosenL2 choose_l2(const at::Tensor& features, std::span<const FeaturePair> pairs,
                   std::span<const FeaturePair> held_out);

}  // namespace laurel
