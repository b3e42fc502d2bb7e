// The Rao-Kupper loss of a pair that may be a tie: the better response must lead to be called so.
//
//   z = r_better - r_worse,  lead h > 0 learned
//   P(better) = sigmoid(z - h),  P(worse) = sigmoid(-z - h),
//   P(tie) = P(better) P(worse) (e^2h - 1)
//   term = -target log P(better) - tie log P(tie) - (1 - target - tie) log P(worse)
//
// Rao and Kupper 1967 (doi 10.1080/01621459.1967.10482901), theta = e^h. The learned number is
// t = log(e^2h - 1), so h = softplus(t) / 2 is positive and log P(tie) a plain sum. It starts at
// log 3, where two equal rewards make the three outcomes equally likely.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/softplus.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "loss/regularizer.h"
#include "loss/traits.h"

namespace laurel {

struct RaoKupper {
  static constexpr const char* name = "rao_kupper";
  static constexpr PairTraits traits{
      .takes_ties = true, .takes_soft_targets = true, .initial_loss_parameters = true};

  ComparisonRegularizer regularizer;

  void fields(auto& visit) { visit.flatten(regularizer); }

  std::vector<double> initial_loss_parameters(int64_t) const { return {std::log(3.0)}; }

  // loss_parameters: (1). Returns (N).
  at::Tensor loss_per_term(const PairwiseInputs& inputs) const {
    const at::Tensor z = inputs.better - inputs.worse;
    const at::Tensor lead = at::softplus(inputs.loss_parameters) / 2;
    const at::Tensor win = at::log_sigmoid(z - lead);
    const at::Tensor loss = at::log_sigmoid(-z - lead);
    // tie log P(tie) spends its logarithms on both sides.
    return -(inputs.target + inputs.tie) * win - (1 - inputs.target) * loss -
           inputs.tie * inputs.loss_parameters;
  }
};

}  // namespace laurel
