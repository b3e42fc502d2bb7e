// Regularizers that any loss can add to its terms: of the sum of rewards and of their sizes.
//
//   ratings   l2 r^2                                            a term for each labelled attribute
//   pairs     center (r_b + r_w)^2 + l2 (r_b^2 + r_w^2) / 2
//   lists     center 4 m^2 + l2 mean(r^2)                       m: mean reward of those ranked
//
// center of pairs is TRL's center_rewards_coefficient (arXiv 2312.09244): the same number means
// the same. That of lists equals it at two responses, where 4 m^2 = (r_1 + r_2)^2.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include "core/options.h"
#include "loss/term_inputs.h"

namespace laurel {

struct RatingRegularizer {
  static constexpr const char* title = "Regularizers of ratings";  // in docs/options.md

  double l2 = 0;

  void fields(auto& visit) {
    visit("l2", l2, "Weight of the squared reward: keeps rewards small.", Range{.min = 0});
  }

  at::Tensor add_to(const at::Tensor& loss, const PointwiseInputs& inputs) const {
    return l2 > 0 ? loss + l2 * inputs.reward.square() : loss;
  }
};

struct ComparisonRegularizer {
  static constexpr const char* title = "Regularizers of pairs and lists";

  double center = 0;
  double l2 = 0;

  void fields(auto& visit) {
    visit("center", center,
          "Weight of the squared sum of a pair's rewards, of a list's squared mean times 4: keeps "
          "rewards around zero.",
          Range{.min = 0});
    visit("l2", l2,
          "Weight of the mean of the squared rewards of a pair or list: keeps rewards small.",
          Range{.min = 0});
  }

  at::Tensor add_to(at::Tensor loss, const PairwiseInputs& inputs) const {
    if (center > 0) loss = loss + center * (inputs.better + inputs.worse).square();
    if (l2 > 0) loss = loss + l2 / 2 * (inputs.better.square() + inputs.worse.square());
    return loss;
  }

  at::Tensor add_to(at::Tensor loss, const RankedInputs& inputs) const {
    if (center == 0 && l2 == 0) return loss;
    const at::Tensor count = inputs.present.sum(1).clamp_min(1);  // (N)
    if (center > 0) loss = loss + 4 * center * (inputs.reward.sum(1) / count).square();
    if (l2 > 0) loss = loss + l2 * inputs.reward.square().sum(1) / count;
    return loss;
  }
};

}  // namespace laurel
