// What any loss can add to a unit to keep rewards in place: a pull of their sum and of their sizes.
//
//   ratings   l2 r^2                                            a term for each judged attribute
//   pairs     center (r_b + r_w)^2 + l2 (r_b^2 + r_w^2) / 2
//   lists     center 4 m^2 + l2 mean(r^2)                       m: mean reward of those ranked
//
// center of pairs is TRL's center_rewards_coefficient (arXiv 2312.09244): the same number means
// the same. That of lists equals it at two responses, where 4 m^2 = (r_1 + r_2)^2.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include "core/options.h"
#include "loss/units.h"

namespace laurel {

struct RatingPull {
  double l2 = 0;

  void fields(auto& visit) {
    visit("l2", l2, "Weight of the squared reward, which keeps rewards small.", Range{.min = 0});
  }

  at::Tensor added_to(const at::Tensor& loss, const PointwiseUnits& units) const {
    return l2 > 0 ? loss + l2 * units.reward.square() : loss;
  }
};

struct ComparisonPull {
  double center = 0;
  double l2 = 0;

  void fields(auto& visit) {
    visit("center", center,
          "Weight of the squared sum of a pair's rewards, of a list's squared mean times 4: keeps "
          "rewards around zero.",
          Range{.min = 0});
    visit("l2", l2, "Weight of the mean of a unit's squared rewards, which keeps rewards small.",
          Range{.min = 0});
  }

  at::Tensor added_to(at::Tensor loss, const PairwiseUnits& units) const {
    if (center > 0) loss = loss + center * (units.better + units.worse).square();
    if (l2 > 0) loss = loss + l2 / 2 * (units.better.square() + units.worse.square());
    return loss;
  }

  at::Tensor added_to(at::Tensor loss, const RankedUnits& units) const {
    if (center == 0 && l2 == 0) return loss;
    const at::Tensor count = units.present.sum(1).clamp_min(1);  // (N)
    if (center > 0) loss = loss + 4 * center * (units.reward.sum(1) / count).square();
    if (l2 > 0) loss = loss + l2 * units.reward.square().sum(1) / count;
    return loss;
  }
};

}  // namespace laurel
