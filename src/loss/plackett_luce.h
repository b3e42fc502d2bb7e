// The Plackett-Luce loss of a list (ListMLE): the best is chosen first, then the best of the rest.
//
//   term = sum_i w_i ( log sum_{j: rank_j >= rank_i} e^{r_j} - r_i ) / sum_i w_i
//
// over the responses i that beat at least one other: the choice of the last, or of a group that is
// tied for last, is certain and adds nothing. So a list of two is bradley_terry, and a list tied
// throughout counts 0.
// Plackett 1975 (doi 10.2307/2346567); ListMLE: Xia et al. 2008 (doi 10.1145/1390156.1390306).
//
// Ties, d responses of one rank: `breslow` compares each with all of them and all ranked worse;
// `efron` takes l/d of the tied group's sum of e^r away from the l-th denominator, l = 0..d-1,
// nearer to the average over the orders they may have.
// Both: Efron 1977 (doi 10.1080/01621459.1977.10480613).
//
// Position p = 1..K, K responses ranked: w = 1, or 2^-p - 2^-K (position-aware ListMLE, Lan et al.
// 2014), or 1 / log2(1 + p) (the discount of NDCG); tied responses share their positions' mean.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <optional>

#include "core/options.h"
#include "loss/regularizer.h"
#include "loss/traits.h"

namespace laurel {

enum class ChoiceTies { breslow, efron };
constexpr auto enum_names(ChoiceTies) { return std::array{"breslow", "efron"}; }

enum class PositionWeighting { none, exponential, discount };
constexpr auto enum_names(PositionWeighting) {
  return std::array{"none", "exponential", "discount"};
}

struct PlackettLuce {
  static constexpr const char* name = "plackett_luce";
  static constexpr RankedTraits traits{};

  ChoiceTies ties = ChoiceTies::efron;
  std::optional<int64_t> top_k;
  PositionWeighting position_weighting = PositionWeighting::none;
  ComparisonRegularizer regularizer;

  void fields(auto& visit) {
    visit("ties", ties, "How responses of one rank share a choice.");
    visit("top_k", top_k, "Only choices of the first k positions count; the rest stay rivals.",
          Range{.min = 1}, WhenNull{"all positions"});
    visit("position_weighting", position_weighting,
          "How much a choice counts by its position p of K: none: alike; exponential: 2^(K-p) - 1; "
          "discount: 1 / log2(1 + p).");
    visit.flatten(regularizer);
  }

  // Returns (N).
  at::Tensor loss_per_term(const RankedInputs& inputs) const;
};

}  // namespace laurel
