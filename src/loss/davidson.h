// The Davidson loss of a pair that may be a tie: ties are likeliest between equal rewards.
//
//   z = r_better - r_worse,  n > 0 learned,  D = e^(z/2) + e^(-z/2) + n
//   P(better) = e^(z/2) / D,  P(worse) = e^(-z/2) / D,  P(tie) = n / D
//   term = -target log P(better) - tie log P(tie) - (1 - target - tie) log P(worse)
//
// Davidson 1970 (doi 10.1080/01621459.1970.10481082). The learned number is t = log n. It starts at
// 0, where two equal rewards make the three outcomes equally likely. As n -> 0 this becomes
// bradley_terry; unlike Rao-Kupper's, its ties leave the odds of the other two outcomes alone.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/stack.h>

#include <cstdint>
#include <vector>

#include "loss/regularizer.h"
#include "loss/traits.h"

namespace laurel {

struct Davidson {
  static constexpr const char* name = "davidson";
  static constexpr PairTraits traits{
      .takes_ties = true, .takes_soft_targets = true, .initial_loss_parameters = true};

  ComparisonRegularizer regularizer;

  void fields(auto& visit) { visit.flatten(regularizer); }

  std::vector<double> initial_loss_parameters(int64_t) const { return {0}; }

  // loss_parameters: (1). Returns (N).
  at::Tensor loss_per_term(const PairwiseInputs& inputs) const {
    const at::Tensor half = (inputs.better - inputs.worse) / 2;
    const at::Tensor tie = inputs.loss_parameters.expand_as(half);
    const at::Tensor all = at::logsumexp(at::stack({half, -half, tie}), 0);
    // target and 1 - target - tie share the logit z/2 with opposite signs.
    return all - (2 * inputs.target + inputs.tie - 1) * half - inputs.tie * tie;
  }
};

}  // namespace laurel
