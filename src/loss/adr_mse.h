// ADR-MSE: the squared error of differentiable ranks, discounted by the true rank.
//
//   a_i = 1 + sum_{j != i} sigmoid(alpha (r_j - r_i))              ApproxRank (Qin et al. 2010)
//   t_i = the rank of i; tied responses share their ranks' mean
//   term = mean over ranked i of (t_i - a_i)^2 / log2(1 + t_i)
//
// As in sentence-transformers' ADRMSELoss and arXiv 2405.07920. Two rewards that are
// far apart in the wrong order have a gradient near zero: it forgives, or it is stuck.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/log2.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/where.h>

#include "core/options.h"
#include "loss/list_comparisons.h"
#include "loss/regularizer.h"
#include "loss/traits.h"

namespace laurel {

struct AdrMse {
  static constexpr const char* name = "adr_mse";
  static constexpr RankedTraits traits{};

  double alpha = 1;
  ComparisonRegularizer regularizer;

  void fields(auto& visit) {
    visit("alpha", alpha,
          "Steepness of the differentiable ranks: large values come near to true "
          "ranks, with smaller gradients.",
          Above{.min = 0});
    visit.flatten(regularizer);
  }

  // Returns (N).
  at::Tensor loss_per_term(const RankedInputs& inputs) const {
    const auto type = inputs.reward.scalar_type();
    const at::Tensor both = inputs.present.unsqueeze(2) & inputs.present.unsqueeze(1);
    const at::Tensor worse_than = at::sigmoid(-alpha * reward_differences(inputs, both));
    // The response itself is among them, as sigmoid(0) = 1/2.
    const at::Tensor soft_rank = 0.5 + at::where(both, worse_than, 0).sum(2);
    const at::Tensor true_rank =
        beats(inputs).sum(1).to(type) + (ties_with(inputs).sum(2).to(type) + 1) / 2;
    const at::Tensor error = (true_rank - soft_rank).square() / at::log2(1 + true_rank);
    const at::Tensor count = inputs.present.sum(1).clamp_min(1).to(type);
    return at::where(inputs.present, error, 0).sum(1) / count;
  }
};

}  // namespace laurel
