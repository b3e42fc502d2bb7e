// The absolute error of a rating: unit loss = |r - s|. Its optimum is the median of the scores.
//
// r: reward, s: score. The derivative at r = s is 0.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include "data/batch.h"

namespace laurel {

struct AbsoluteError {
  static constexpr const char* name = "absolute_error";
  static constexpr bool kUsesMargin = false;
  using LabelType = PointwiseLabels;

  void fields(auto&) {}

  // reward, score: (N, A). Returns (N, A).
  at::Tensor unit_loss(const at::Tensor& reward, const at::Tensor& score) const {
    return (reward - score).abs();
  }
};

}  // namespace laurel
