// The hinge loss of a pair: linear until the better response leads by `margin`, then zero.
//
//   z = r_better - r_worse,  q = target + tie / 2
//   unit loss = q max(0, margin - z) + (1 - q) max(0, margin + z)
//
// The ranking SVM of Joachims 2002 (doi 10.1145/775047.775067). The margin is the loss's own: rows
// cannot set it. A tie does not pull while neither response leads by more than the margin.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/relu.h>

#include "core/options.h"
#include "data/batch.h"
#include "loss/pull.h"

namespace laurel {

struct Hinge {
  static constexpr const char* name = "hinge";
  static constexpr bool kTakesSoftTargets = true;
  static constexpr bool kTakesTies = true;
  using LabelType = PairwiseLabels;

  double margin = 1;
  ComparisonPull pull;

  void fields(auto& visit) {
    visit("margin", margin, "Lead of the better reward at which a pair's loss becomes zero.",
          Above{.min = 0});
    visit.inline_(pull);
  }

  // Returns (P).
  at::Tensor unit_loss(const PairwiseUnits& units) const {
    const at::Tensor z = units.better - units.worse;
    const at::Tensor q = units.target + units.tie / 2;
    return q * at::relu(margin - z) + (1 - q) * at::relu(margin + z);
  }
};

}  // namespace laurel
