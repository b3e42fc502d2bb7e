// The mean Bradley-Terry loss over the pairs of a list: -log sigmoid(r_i - r_j) for each i ranked
// before j (RankNet, doi 10.1145/1102351.1102363; arXiv 2203.02155, eq. 1, with its 1 / C(K, 2)).
//
// Ties: `skip` leaves tied pairs out of sum and mean; `half` counts them half each way, which pulls
// their rewards together.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/log_sigmoid.h>

#include <array>

#include "core/options.h"
#include "loss/list_comparisons.h"
#include "loss/regularizer.h"
#include "loss/traits.h"

namespace laurel {

enum class PairTies { skip, half };
constexpr auto enum_names(PairTies) { return std::array{"skip", "half"}; }

struct AllPairs {
  static constexpr const char* name = "all_pairs";
  static constexpr RankedTraits traits{};

  PairTies ties = PairTies::skip;
  ComparisonRegularizer regularizer;

  void fields(auto& visit) {
    visit("ties", ties, "skip: tied pairs do not count; half: as half a win of each.");
    visit.flatten(regularizer);
  }

  // Returns (N).
  at::Tensor loss_per_term(const RankedInputs& inputs) const {
    at::Tensor weight = beats(inputs).to(inputs.reward.scalar_type());  // (N, K, K)
    if (ties == PairTies::half) {
      const at::Tensor tied = ties_with(inputs);
      weight = weight + (tied.tril(-1) | tied.triu(1)).to(weight.scalar_type()) / 2;
    }
    const at::Tensor pair = -at::log_sigmoid(reward_differences(inputs, weight > 0));
    return mean_of((weight * pair).sum({1, 2}), weight.sum({1, 2}));
  }
};

}  // namespace laurel
