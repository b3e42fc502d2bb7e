// The squared error of a known score difference: term = (r_better - r_worse - margin)^2.
//
// For rows whose "margin" says by how much the better response is better, e.g. the difference that
// another model states (MarginMSE, arXiv 2010.02666). Every row must have it.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include "loss/regularizer.h"
#include "loss/traits.h"

namespace laurel {

struct MarginSquaredError {
  static constexpr const char* name = "margin_squared_error";
  static constexpr PairTraits traits{.uses_margin = true, .needs_margin = true};

  ComparisonRegularizer regularizer;

  void fields(auto& visit) { visit.flatten(regularizer); }

  // Returns (N).
  at::Tensor loss_per_term(const PairwiseInputs& inputs) const {
    return (inputs.better - inputs.worse - inputs.margin).square();
  }
};

}  // namespace laurel
