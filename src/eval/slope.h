// By what rewards must be multiplied to be log-odds: the slope that is best on the labels at hand.
#pragma once

#include <span>

#include "eval/outcomes.h"
#include "eval/statistics.h"

namespace laurel {

// slope, temperature. slope: the s that maximises sum of t log sigmoid(s d) + (1 - t) log
// sigmoid(-s d), without an intercept: "better - worse" has one outcome. temperature = 1 / s, by
// which rewards are divided; 0 where every pair is ordered as labelled, so that s has no end and is
// undefined. Neither is defined where all rewards are equal, no temperature where s <= 0.
Metrics slope_metrics(std::span<const PairOutcome> pairs);

// slope, intercept: of P(1) = sigmoid(slope x reward + intercept). Undefined where rewards are
// equal, labels are, or a threshold tells 0 from 1 without error.
Metrics slope_metrics(std::span<const Cell> labels);

}  // namespace laurel
