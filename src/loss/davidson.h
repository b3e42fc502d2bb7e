// The Davidson loss of a pair that may be a tie: ties are likeliest between equal rewards.
//
//   z = r_better - r_worse,  n > 0 learned,  D = e^(z/2) + e^(-z/2) + n
//   P(better) = e^(z/2) / D,  P(worse) = e^(-z/2) / D,  P(tie) = n / D
//   unit loss = -target log P(better) - tie log P(tie) - (1 - target - tie) log P(worse)
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

#include "data/batch.h"
#include "loss/pull.h"

namespace laurel {

struct Davidson {
  static constexpr const char* name = "davidson";
  static constexpr bool kTakesSoftTargets = true;
  static constexpr bool kTakesTies = true;
  using LabelType = PairwiseLabels;

  ComparisonPull pull;

  void fields(auto& visit) { visit.inline_(pull); }

  std::vector<double> initial_scalars(int64_t) const { return {0}; }

  // scalars: (1). Returns (P).
  at::Tensor unit_loss(const PairwiseUnits& units) const {
    const at::Tensor half = (units.better - units.worse) / 2;
    const at::Tensor tie = units.scalars.expand_as(half);
    const at::Tensor all = at::logsumexp(at::stack({half, -half, tie}), 0);
    // target and 1 - target - tie share the logit z/2 with opposite signs.
    return all - (2 * units.target + units.tie - 1) * half - units.tie * tie;
  }
};

}  // namespace laurel
