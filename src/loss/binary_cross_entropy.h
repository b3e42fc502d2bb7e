// The cross-entropy of a label in 0..1 (a yes or no, or the part of people who said yes):
//
//   term = -s log sigmoid(r) - (1 - s) log sigmoid(-r)
//
// r: reward, a log-odds. This is torch.nn.BCEWithLogitsLoss.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/sigmoid.h>

#include <optional>
#include <string>

#include "loss/regularizer.h"
#include "loss/reward_columns.h"
#include "loss/traits.h"

namespace laurel {

struct BinaryCrossEntropy {
  static constexpr const char* name = "binary_cross_entropy";
  static constexpr PointwiseTraits traits{
      .fixed_scale = true, .score_problem = true, .prediction = true, .probability = true};

  RatingRegularizer regularizer;

  void fields(auto& visit) { visit.flatten(regularizer); }

  std::optional<std::string> score_problem(float score) const {
    if (score >= 0 && score <= 1) return std::nullopt;
    return "expected a number from 0 to 1";
  }

  // Returns (N, A).
  at::Tensor loss_per_term(const PointwiseInputs& inputs) const {
    return -inputs.score * at::log_sigmoid(inputs.reward) -
           (1 - inputs.score) * at::log_sigmoid(-inputs.reward);
  }

  at::Tensor prediction(const RewardColumns& columns) const { return at::sigmoid(columns.reward); }
};

}  // namespace laurel
