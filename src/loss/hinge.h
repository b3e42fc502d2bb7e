// The hinge loss of a pair: linear until the better response leads by `margin`, then zero.
//
//   z = r_better - r_worse,  q = target + tie / 2
//   term = q max(0, margin - z) + (1 - q) max(0, margin + z)
//
// The ranking SVM of Joachims 2002 (doi 10.1145/775047.775067). The margin is the loss's own: rows
// cannot set it. A tie does not pull while neither response leads by more than the margin.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/relu.h>

#include "core/options.h"
#include "loss/regularizer.h"
#include "loss/traits.h"

namespace laurel {

struct Hinge {
  static constexpr const char* name = "hinge";
  static constexpr PairTraits traits{.takes_ties = true, .takes_soft_targets = true};

  double margin = 1;
  ComparisonRegularizer regularizer;

  void fields(auto& visit) {
    visit("margin", margin, "Lead of the better reward at which a pair's loss becomes zero.",
          Above{.min = 0});
    visit.flatten(regularizer);
  }

  // Returns (N).
  at::Tensor loss_per_term(const PairwiseInputs& inputs) const {
    const at::Tensor z = inputs.better - inputs.worse;
    const at::Tensor q = inputs.target + inputs.tie / 2;
    return q * at::relu(margin - z) + (1 - q) * at::relu(margin + z);
  }
};

}  // namespace laurel
