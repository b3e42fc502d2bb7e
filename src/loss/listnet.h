// ListNet: the cross-entropy between who is likely to come first by scores and by rewards.
//
//   term = -sum_j softmax(s / temperature)_j log softmax(r)_j
//
// The top-one form of Cao et al. 2007 (doi 10.1145/1273496.1273513). Equal scores are equal
// probabilities. Scores matter, not only their order; where only ranks are known, a score is the
// number of responses ranked worse.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/options.h"
#include "loss/regularizer.h"
#include "loss/traits.h"

namespace laurel {

struct ListNet {
  static constexpr const char* name = "listnet";
  static constexpr RankedTraits traits{};

  double temperature = 1;
  ComparisonRegularizer regularizer;

  void fields(auto& visit) {
    visit("temperature", temperature,
          "Scores are divided by it: large values ask for even probabilities.", Above{.min = 0});
    visit.flatten(regularizer);
  }

  // Returns (N).
  at::Tensor loss_per_term(const RankedInputs& inputs) const;
};

}  // namespace laurel
