// Cumulative logits with learned cut points.
#include "loss/ordinal.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cumsum.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/where.h>

#include <cmath>

#include "core/str.h"

namespace laurel {

std::vector<double> Ordinal::initial_loss_parameters(int64_t attributes) const {
  const auto cut = [&](int64_t k) {  // between levels k - 1 and k
    return std::log(static_cast<double>(k)) - std::log(static_cast<double>(levels - k));
  };
  std::vector<double> loss_parameters;
  for (int64_t attribute = 0; attribute < attributes; ++attribute) {
    loss_parameters.push_back(cut(1));
    for (int64_t k = 2; k < levels; ++k) {
      loss_parameters.push_back(std::log(std::expm1(cut(k) - cut(k - 1))));  // undoes softplus
    }
  }
  return loss_parameters;
}

std::optional<std::string> Ordinal::score_problem(float score) const {
  const int64_t highest = lowest + levels - 1;
  const auto number = static_cast<double>(score);
  if (number == std::floor(number) && number >= static_cast<double>(lowest) &&
      number <= static_cast<double>(highest)) {
    return std::nullopt;
  }
  return str("expected a whole number from ", lowest, " to ", highest);
}

// From (A, levels - 1) learned numbers.
at::Tensor Ordinal::cut_points(const at::Tensor& numbers) const {
  const at::Tensor gaps = at::softplus(numbers.narrow(1, 1, levels - 2));
  return at::cumsum(at::cat({numbers.narrow(1, 0, 1), gaps}, 1), 1);
}

at::Tensor Ordinal::loss_per_term(const PointwiseInputs& inputs) const {
  const at::Tensor numbers = inputs.loss_parameters.view({inputs.reward.size(1), levels - 1});
  const at::Tensor level = (inputs.score - lowest).round().clamp(0, levels - 1).to(at::kLong);
  const at::Tensor low = level.clamp_min(1) - 1;        // (N, A), the cut point below
  const at::Tensor high = level.clamp_max(levels - 2);  // and above
  // One column per attribute, from which each rating takes its row.
  const auto pick = [](const at::Tensor& table, const at::Tensor& k) {
    return table.t().gather(0, k);
  };
  const at::Tensor cuts = cut_points(numbers);
  const at::Tensor below = at::log_sigmoid(pick(cuts, high) - inputs.reward);
  const at::Tensor above = at::log_sigmoid(inputs.reward - pick(cuts, low));
  const at::Tensor width = at::log_sigmoid(pick(numbers, high));
  const at::Tensor has_low = level > 0;
  const at::Tensor has_high = level < levels - 1;
  return -(at::where(has_high, below, 0) + at::where(has_low, above, 0) +
           at::where(has_low & has_high, width, 0));
}

at::Tensor Ordinal::prediction(const RewardColumns& columns) const {
  const at::Tensor numbers = columns.loss_parameters.view({columns.reward.size(1), levels - 1});
  const at::Tensor above = at::sigmoid(columns.reward.unsqueeze(2) - cut_points(numbers));
  return above.sum(2) + lowest;
}

}  // namespace laurel
