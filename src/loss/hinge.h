// The hinge loss of a pair: linear until the better response leads by `margin`, then zero.
//
//   z = r_better - r_worse
//   unit loss = target max(0, margin - z) + (1 - target) max(0, margin + z)
//
// The ranking SVM of Joachims 2002 (doi 10.1145/775047.775067). The margin is the loss's own: rows
// cannot set it.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/relu.h>

#include "core/options.h"
#include "data/batch.h"

namespace laurel {

struct Hinge {
  static constexpr const char* name = "hinge";
  static constexpr bool kUsesMargin = false;
  using LabelType = PairwiseLabels;

  double margin = 1;

  void fields(auto& visit) {
    visit("margin", margin, "Lead of the better reward at which a pair's loss becomes zero.",
          Above{.min = 0});
  }

  // better, worse: (P) rewards; target: (P); the row margin is not used. Returns (P).
  at::Tensor unit_loss(const at::Tensor& better, const at::Tensor& worse, const at::Tensor& target,
                       const at::Tensor&) const {
    const at::Tensor z = better - worse;
    return target * at::relu(margin - z) + (1 - target) * at::relu(margin + z);
  }
};

}  // namespace laurel
