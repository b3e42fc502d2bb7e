// The Bradley-Terry loss of a pair: the negative log-probability that the better response wins.
//
//   z = r_better - r_worse - margin         margin: of the row (arXiv 2307.09288, eq. 2)
//   q = target (1 - e) + (1 - target) e     e: label_smoothing (arXiv 2401.06080)
//   unit loss = -q log sigmoid(z) - (1 - q) log sigmoid(-z) + center (r_better + r_worse)^2
//
// The plain form is eq. 1 of arXiv 2203.02155; center is TRL's center_rewards_coefficient, from
// arXiv 2312.09244.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/log_sigmoid.h>

#include "core/options.h"
#include "data/batch.h"

namespace laurel {

struct BradleyTerry {
  static constexpr const char* name = "bradley_terry";
  static constexpr bool kUsesMargin = true;
  using LabelType = PairwiseLabels;

  double label_smoothing = 0;
  double center = 0;

  void fields(auto& visit) {
    visit("label_smoothing", label_smoothing,
          "Probability with which a judgement is taken to be the wrong way round.",
          Range{.min = 0, .max = 0.499});
    visit("center", center,
          "Weight of the squared sum of a pair's rewards, which keeps rewards around zero.",
          Range{.min = 0});
  }

  // better, worse: (P) rewards; target, margin: (P). Returns (P).
  at::Tensor unit_loss(const at::Tensor& better, const at::Tensor& worse, const at::Tensor& target,
                       const at::Tensor& margin) const {
    const at::Tensor z = better - worse - margin;
    const at::Tensor q = target * (1 - 2 * label_smoothing) + label_smoothing;
    at::Tensor loss = -q * at::log_sigmoid(z) - (1 - q) * at::log_sigmoid(-z);
    if (center > 0) loss = loss + center * (better + worse).square();
    return loss;
  }
};

}  // namespace laurel
