// ADR-MSE: the squared error of differentiable ranks, discounted by the true rank.
//
//   a_i = 1 + sum_{j != i} sigmoid(alpha (r_j - r_i))              ApproxRank (Qin et al. 2010)
//   t_i = the rank of i; tied responses share their ranks' mean
//   unit loss = mean over ranked i of (t_i - a_i)^2 / log2(1 + t_i)
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
#include "data/batch.h"
#include "loss/lists.h"
#include "loss/pull.h"

namespace laurel {

struct AdrMse {
  static constexpr const char* name = "adr_mse";
  using LabelType = RankedLabels;

  double alpha = 1;
  ComparisonPull pull;

  void fields(auto& visit) {
    visit("alpha", alpha,
          "Steepness of the differentiable ranks: large values come near to true "
          "ranks, with smaller gradients.",
          Above{.min = 0});
    visit.inline_(pull);
  }

  // Returns (N).
  at::Tensor unit_loss(const RankedUnits& units) const {
    const auto type = units.reward.scalar_type();
    const at::Tensor both = units.present.unsqueeze(2) & units.present.unsqueeze(1);
    const at::Tensor behind = at::sigmoid(-alpha * lead(units, both));
    // The response itself is among them, as sigmoid(0) = 1/2.
    const at::Tensor found = 0.5 + at::where(both, behind, 0).sum(2);
    const at::Tensor wanted =
        beats(units).sum(1).to(type) + (ties_with(units).sum(2).to(type) + 1) / 2;
    const at::Tensor error = (wanted - found).square() / at::log2(1 + wanted);
    const at::Tensor count = units.present.sum(1).clamp_min(1).to(type);
    return at::where(units.present, error, 0).sum(1) / count;
  }
};

}  // namespace laurel
