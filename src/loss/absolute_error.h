// The absolute error of a rating: unit loss = |r - s|. Its optimum is the median of the scores.
//
// r: reward, s: score. The derivative at r = s is 0.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include "data/batch.h"
#include "loss/pull.h"

namespace laurel {

struct AbsoluteError {
  static constexpr const char* name = "absolute_error";
  using LabelType = PointwiseLabels;

  RatingPull pull;

  void fields(auto& visit) { visit.inline_(pull); }

  // Returns (N, A).
  at::Tensor unit_loss(const PointwiseUnits& units) const {
    return (units.reward - units.score).abs();
  }
};

}  // namespace laurel
