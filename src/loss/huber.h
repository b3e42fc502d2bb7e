// The Huber loss of a rating: quadratic near the score, linear beyond `delta` (Huber 1964).
//
//   d = r - s;  unit loss = d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2)
//
// This is torch.nn.HuberLoss: the factor 1/2 makes both pieces meet with slope delta.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/huber_loss.h>

#include "core/options.h"
#include "data/batch.h"

namespace laurel {

struct Huber {
  static constexpr const char* name = "huber";
  static constexpr bool kUsesMargin = false;
  using LabelType = PointwiseLabels;

  double delta = 1;

  void fields(auto& visit) {
    visit("delta", delta, "Error, in the units of the target, at which the loss becomes linear.",
          Above{.min = 0});
  }

  // reward, score: (N, A). Returns (N, A).
  at::Tensor unit_loss(const at::Tensor& reward, const at::Tensor& score) const {
    return at::huber_loss(reward, score, at::Reduction::None, delta);
  }
};

}  // namespace laurel
