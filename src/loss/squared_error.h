// The squared error of a rating: term = (r - s)^2, without a factor 1/2.
//
// r: reward, s: score. Its mean is the MSE that transformers minimises for problem_type
// "regression"; the maximised form of the literature, -(s - r)^2, has the same optimum.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include "loss/regularizer.h"
#include "loss/traits.h"

namespace laurel {

struct SquaredError {
  static constexpr const char* name = "squared_error";
  static constexpr PointwiseTraits traits{};

  RatingRegularizer regularizer;

  void fields(auto& visit) { visit.flatten(regularizer); }

  // Returns (N, A).
  at::Tensor loss_per_term(const PointwiseInputs& inputs) const {
    return (inputs.reward - inputs.score).square();
  }
};

}  // namespace laurel
