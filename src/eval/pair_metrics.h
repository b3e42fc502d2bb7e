// How rewards order labelled pairs, and how well their differences are probabilities.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "eval/statistics.h"

namespace laurel {

// One labelled pair: the two rewards, and the lengths of the two answers in Unicode code points.
struct PairOutcome {
  double better, worse;
  int64_t better_length = 0, worse_length = 0;
  double target = 1;  // P(better wins) + P(tie) / 2: at least 1/2, and 1/2 has no winner
  std::optional<bool> better_first = {};  // people saw it first; nullopt: the order is not known
  std::vector<double> covariates = {};    // better - worse, by Split::covariates; NaN: not known
};

// accuracy, ties, accuracy_longer, accuracy_not_longer, balanced_accuracy (the mean of these two),
// longer_wins and margin are of the pairs that have a winner; log_loss, brier and ece are of all, against the targets; label_ties, the
// share of pairs without a winner, is there if some are.
Metrics pair_metrics(std::span<const PairOutcome> outcomes);

}  // namespace laurel
