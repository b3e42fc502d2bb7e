// The quantile loss of a rating: its optimum is the given quantile of the scores.
//
//   term = level max(0, s - r) + (1 - level) max(0, r - s)
//
// The check function of Koenker and Bassett 1978 (doi 10.2307/1913643).
// At level 1/2 it is half of absolute_error.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/relu.h>

#include "core/options.h"
#include "loss/regularizer.h"
#include "loss/traits.h"

namespace laurel {

struct Quantile {
  static constexpr const char* name = "quantile";
  static constexpr PointwiseTraits traits{};

  double level = 0.5;
  RatingRegularizer regularizer;

  void fields(auto& visit) {
    visit("level", level, "Part of the scores that should lie below the reward.", kRequired,
          Range{.min = 0.001, .max = 0.999});
    visit.flatten(regularizer);
  }

  // Returns (N, A).
  at::Tensor loss_per_term(const PointwiseInputs& inputs) const {
    const at::Tensor above = inputs.score - inputs.reward;
    return level * at::relu(above) + (1 - level) * at::relu(-above);
  }
};

}  // namespace laurel
