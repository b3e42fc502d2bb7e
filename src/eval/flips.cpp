// Signed margins of decisions, compared one by one.
#include "eval/flips.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>

namespace laurel {

namespace {

void add_decisions(const ListOutcome& list, size_t outcome, std::vector<Decision>& decisions) {
  const auto n = static_cast<int32_t>(list.rank.size());
  for (int32_t i = 0; i < n; ++i) {
    for (int32_t j = 0; j < n; ++j) {
      const auto better = static_cast<size_t>(i), worse = static_cast<size_t>(j);
      if (list.rank[better] >= list.rank[worse]) continue;
      decisions.push_back({.outcome = outcome,
                           .margin = list.reward[better] - list.reward[worse],
                           .better = i,
                           .worse = j});
    }
  }
}

double root_mean_square(std::span<const Decision> decisions) {
  double squares = 0;
  for (const Decision& decision : decisions) squares += decision.margin * decision.margin;
  return std::sqrt(squares / static_cast<double>(decisions.size()));
}

}  // namespace

std::vector<Decision> decisions_of(const Outcomes<PairOutcome>& pairs) {
  std::vector<Decision> decisions;
  for (size_t i = 0; i < pairs.values.size(); ++i) {
    const PairOutcome& pair = pairs.values[i];
    if (pair.target != 0.5) decisions.push_back({.outcome = i, .margin = pair.better - pair.worse});
  }
  return decisions;
}

std::vector<Decision> decisions_of(const SplitOutcomes& outcomes, bool labels) {
  if (outcomes.pairs.size() > 0) return decisions_of(outcomes.pairs);
  std::vector<Decision> decisions;
  for (size_t i = 0; i < outcomes.lists.values.size(); ++i) {
    add_decisions(outcomes.lists.values[i], i, decisions);
  }
  for (size_t i = 0; labels && i < outcomes.cells.values.size(); ++i) {
    const RatingOutcome& of = outcomes.cells.values[i].rating;
    decisions.push_back({.outcome = i, .margin = (of.prediction - 0.5) * (of.score == 1 ? 1 : -1)});
  }
  return decisions;
}

FlipCounts count_flips(std::span<const Decision> first, std::span<const Decision> other) {
  TORCH_INTERNAL_ASSERT(first.size() == other.size(), "the same decisions");
  FlipCounts counts;
  for (size_t i = 0; i < first.size(); ++i) {
    const double a = first[i].margin, b = other[i].margin;
    if (a == 0 || b == 0) {
      ++counts.undecided;
    } else if (a > 0) {
      ++(b > 0 ? counts.both_right : counts.lost);
    } else {
      ++(b > 0 ? counts.gained : counts.both_wrong);
    }
  }
  return counts;
}

std::vector<Flip> largest_flips(std::span<const Decision> first, std::span<const Decision> other,
                                size_t most) {
  TORCH_INTERNAL_ASSERT(first.size() == other.size(), "the same decisions");
  const double unit = root_mean_square(first), other_unit = root_mean_square(other);
  std::vector<Flip> flips;
  for (size_t i = 0; i < first.size(); ++i) {
    if (first[i].margin * other[i].margin >= 0) continue;
    flips.push_back({i, first[i].margin / unit, other[i].margin / other_unit});
  }
  std::ranges::stable_sort(flips, std::ranges::greater{},
                           [](const Flip& flip) { return std::abs(flip.first - flip.other); });
  flips.resize(std::min(most, flips.size()));
  return flips;
}

}  // namespace laurel
