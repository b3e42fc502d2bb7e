// The absolute error of a rating: term = |r - s|. Its optimum is the median of the scores.
//
// r: reward, s: score. The derivative at r = s is 0.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include "loss/regularizer.h"
#include "loss/traits.h"

namespace laurel {

struct AbsoluteError {
  static constexpr const char* name = "absolute_error";
  static constexpr PointwiseTraits traits{};

  RatingRegularizer regularizer;

  void fields(auto& visit) { visit.flatten(regularizer); }

  // Returns (N, A).
  at::Tensor loss_per_term(const PointwiseInputs& inputs) const {
    return (inputs.reward - inputs.score).abs();
  }
};

}  // namespace laurel
