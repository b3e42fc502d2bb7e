// The Huber loss of a rating: quadratic near the score, linear beyond `delta` (Huber 1964).
//
//   d = r - s;  term = d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2)
//
// This is torch.nn.HuberLoss: the factor 1/2 makes both pieces meet with slope delta.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/huber_loss.h>

#include "core/options.h"
#include "loss/regularizer.h"
#include "loss/traits.h"

namespace laurel {

struct Huber {
  static constexpr const char* name = "huber";
  static constexpr PointwiseTraits traits{};

  double delta = 1;
  RatingRegularizer regularizer;

  void fields(auto& visit) {
    visit("delta", delta, "Error, in the inputs of the target, at which the loss becomes linear.",
          Above{.min = 0});
    visit.flatten(regularizer);
  }

  // Returns (N, A).
  at::Tensor loss_per_term(const PointwiseInputs& inputs) const {
    return at::huber_loss(inputs.reward, inputs.score, at::Reduction::None, delta);
  }
};

}  // namespace laurel
