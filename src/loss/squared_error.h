// The squared error of a rating: unit loss = (r - s)^2, without a factor 1/2.
//
// r: reward, s: score. Its mean is the MSE that transformers minimises for problem_type
// "regression"; the maximised form of the literature, -(s - r)^2, has the same optimum.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include "data/batch.h"
#include "loss/pull.h"

namespace laurel {

struct SquaredError {
  static constexpr const char* name = "squared_error";
  using LabelType = PointwiseLabels;

  RatingPull pull;

  void fields(auto& visit) { visit.inline_(pull); }

  // Returns (N, A).
  at::Tensor unit_loss(const PointwiseUnits& units) const {
    return (units.reward - units.score).square();
  }
};

}  // namespace laurel
