// Whether people prefer an answer because of its place among the two that they were shown.
#pragma once

#include <span>

#include "eval/outcomes.h"
#include "eval/statistics.h"

namespace laurel {

// Pairs whose presented order is known; none of them where each one's better answer came first, or
// each one's second: that order is the label's.
Outcomes<PairOutcome> presented_pairs(const Outcomes<PairOutcome>& pairs);

// Of such pairs, with d the difference of reward, first - second, and t = P(first wins) + P(tie) / 2:
//
//   first_wins           share of those with a winner whose better answer came first
//   reward_coefficient,  s and c of P(first) = sigmoid(s d + c), by maximum likelihood, without a
//   first_coefficient    penalty: c is what being first adds to the log-odds at equal rewards
//
// The coefficients are undefined where rewards do not differ, or separate what people prefer.
Metrics position_metrics(std::span<const PairOutcome> presented);

}  // namespace laurel
