// The ordinal loss of a rating in whole numbers: cumulative logits (McCullagh 1980), whose cut
// points c_1 < ... < c_{L-1} between L levels are learned.
//
//   P(score > level k) = sigmoid(r - c_k)
//   term = -log P(score) = -log( sigmoid(c_k - r) - sigmoid(c_{k-1} - r) )
//
// Learned numbers t, L - 1 for each attribute: c_1 = t_1, c_{k+1} = c_k + softplus(t_{k+1}), so
// that cut points stay in order. With a = c_{k-1} - r and b = c_k - r the probability is sigmoid(b)
// sigmoid(-a) (1 - e^(a - b)), and 1 - e^(a - b) is sigmoid(t_k): nothing cancels.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/options.h"
#include "loss/regularizer.h"
#include "loss/reward_columns.h"
#include "loss/traits.h"

namespace laurel {

struct Ordinal {
  static constexpr const char* name = "ordinal";
  static constexpr PointwiseTraits traits{.fixed_scale = true,
                                          .score_problem = true,
                                          .initial_loss_parameters = true,
                                          .prediction = true};

  int64_t lowest = 1;
  int64_t levels = 5;
  RatingRegularizer regularizer;

  void fields(auto& visit) {
    visit("lowest", lowest, "The lowest level of the scale.", Range{.min = -1e6, .max = 1e6});
    visit("levels", levels, "Number of levels: scores are lowest, lowest + 1, and so on.",
          kRequired, Range{.min = 2, .max = 1000});
    visit.flatten(regularizer);
  }

  // Cut points at which every level is equally likely at reward 0.
  std::vector<double> initial_loss_parameters(int64_t attributes) const;

  std::optional<std::string> score_problem(float score) const;

  // Returns (N, A); loss_parameters are (A (levels - 1)), attribute by attribute.
  at::Tensor loss_per_term(const PointwiseInputs& inputs) const;

  // The expected score: lowest + the sum of P(score > level) over levels.
  at::Tensor prediction(const RewardColumns& columns) const;

 private:
  at::Tensor cut_points(const at::Tensor& numbers) const;
};

}  // namespace laurel
