// The Bradley-Terry loss of a pair: the negative log-probability that the better response wins.
//
//   z = r_better - r_worse - margin                   margin: of the row (arXiv 2307.09288, eq. 2)
//   q = p (1 - e) + (1 - p) e,  p = target + tie / 2  e: label_smoothing (arXiv 2401.06080)
//   term = -q log sigmoid(z) - (1 - q) log sigmoid(-z),  x strength of the row if `scaled`
//
// The plain form is eq. 1 of arXiv 2203.02155; the scaled form is that of arXiv 2410.01257.
// A tie is half a win of each.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/log_sigmoid.h>

#include "core/options.h"
#include "loss/regularizer.h"
#include "loss/traits.h"

namespace laurel {

struct BradleyTerry {
  static constexpr const char* name = "bradley_terry";
  static constexpr PairTraits traits{
      .uses_margin = true, .uses_strength = true, .takes_ties = true, .takes_soft_targets = true};

  double label_smoothing = 0;
  bool scaled = false;
  ComparisonRegularizer regularizer;

  void fields(auto& visit) {
    visit("label_smoothing", label_smoothing, "Probability that a label is the wrong way round.",
          Range{.min = 0, .max = 0.499});
    visit("scaled", scaled, "Multiply a pair's loss, but not its weight, by the row's strength.");
    visit.flatten(regularizer);
  }

  bool uses_strength() const { return scaled; }

  // Returns (N).
  at::Tensor loss_per_term(const PairwiseInputs& inputs) const {
    const at::Tensor z = inputs.better - inputs.worse - inputs.margin;
    const at::Tensor q =
        (inputs.target + inputs.tie / 2) * (1 - 2 * label_smoothing) + label_smoothing;
    const at::Tensor loss = -q * at::log_sigmoid(z) - (1 - q) * at::log_sigmoid(-z);
    return scaled ? inputs.strength * loss : loss;
  }
};

}  // namespace laurel
