// Finds the pairs that are compared, then tests every covariate alone and all at once.
#include "eval/covariate_sets.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "core/random.h"
#include "core/str.h"
#include "eval/covariate_effect.h"
#include "eval/flips.h"
#include "eval/simultaneous.h"
#include "eval/summarise.h"

namespace laurel {

namespace {

constexpr size_t kMostListPairs = 100'000;  // bounds the time of their intervals

// Every pair of ranks that differ, or a sample with a fixed seed.
Outcomes<PairOutcome> pairs_of_lists(const SplitOutcomes& all) {
  const std::vector<Decision> decisions = decisions_of(all, false);
  std::vector<size_t> taken(decisions.size());
  std::iota(taken.begin(), taken.end(), size_t{0});
  if (taken.size() > kMostListPairs) {
    Random(1).shuffle(taken);
    taken.resize(kMostListPairs);
    std::ranges::sort(taken);
  }
  Outcomes<PairOutcome> pairs;
  for (const size_t i : taken) {
    const Decision& decision = decisions[i];
    const ListOutcome& list = all.lists.values[decision.outcome];
    const auto better = static_cast<size_t>(decision.better),
               worse = static_cast<size_t>(decision.worse);
    pairs.add({.better = list.reward[better],
               .worse = list.reward[worse],
               .covariates = difference(list.covariates[better], list.covariates[worse])},
              all.lists.origins[decision.outcome]);
  }
  return pairs;
}

Outcomes<PairOutcome> compared_pairs(const SplitOutcomes& all, const SetOptions& options) {
  if (all.pairs.size() > 0) return all.pairs;
  if (all.lists.size() > 0) return pairs_of_lists(all);
  auto implied = implied_pairs(all, options);
  return implied ? std::move(implied->pairs) : Outcomes<PairOutcome>{};
}

// The pairs of which a covariate is known.
struct KnownPairs {
  std::vector<size_t> positions;  // among all
  std::vector<Origin> origins;
  Metrics metrics;
};

KnownPairs known_pairs(const Outcomes<PairOutcome>& all, size_t covariate) {
  KnownPairs known;
  std::vector<PairOutcome> pairs;
  std::vector<double> differences;
  for (size_t i = 0; i < all.values.size(); ++i) {
    const double x = all.values[i].covariates[covariate];
    if (std::isnan(x)) continue;
    known.positions.push_back(i);
    known.origins.push_back(all.origins[i]);
    pairs.push_back(all.values[i]);
    differences.push_back(x);
  }
  known.metrics = covariate_metrics("covariate", pairs, differences, known.origins);
  return known;
}

MetricSet set_of(const std::string& name, const KnownPairs& known, int64_t all) {
  const auto n = static_cast<int64_t>(known.positions.size());
  const std::string rest = n == all ? "" : str(", ", all - n, " without its numbers");
  return summarise(str(kCovariateSet, name),
                   str("covariate ", name, ": ", count_text(n, "pair"), rest), known.metrics,
                   known.origins);
}

const Metric& coefficient_in(const MetricSet& set) {
  return *find_metric(set, "covariate_coefficient");
}

std::optional<double> coefficient_of(const KnownPairs& known, std::span<const double> weight) {
  std::vector<double> own;
  for (const size_t i : known.positions) own.push_back(weight[i]);
  const auto at = std::ranges::find(known.metrics.names, "covariate_coefficient");
  return known.metrics.values(own)[static_cast<size_t>(at - known.metrics.names.begin())];
}

void add_intervals_at_once(const std::vector<Origin>& origins, const std::vector<KnownPairs>& known,
                           std::vector<MetricSet>& sets) {
  MetricValues values;
  for (const MetricSet& set : sets) {
    const Metric& alone = coefficient_in(set);
    const bool compared = alone.low && set.units >= kMinUnits;
    values.push_back(compared ? alone.value : std::nullopt);
  }
  std::vector<MetricValues> draws;
  std::vector<std::vector<double>> defined(sets.size());
  for_each_draw(choose_resampling(origins), {}, [&](std::span<const double> weight) {
    MetricValues draw(sets.size());
    for (size_t k = 0; k < sets.size(); ++k) {
      if (!values[k]) continue;
      draw[k] = coefficient_of(known[k], weight);
      if (draw[k]) defined[k].push_back(*draw[k]);
    }
    draws.push_back(std::move(draw));
  });
  std::vector<double> errors;
  for (size_t k = 0; k < sets.size(); ++k) {
    errors.push_back(deviation_of_draws(defined[k], draws.size()));
    if (errors[k] == 0) values[k] = std::nullopt;
  }
  const auto at_once = simultaneous_intervals(values, draws, errors);
  for (size_t k = 0; k < sets.size(); ++k) {
    Metric metric{kCoefficientAtOnce, coefficient_in(sets[k]).value, {}, {}};
    if (const auto& interval = at_once.intervals[k]) {
      metric.low = interval->low;
      metric.high = interval->high;
    }
    sets[k].metrics.push_back(std::move(metric));
  }
}

}  // namespace

std::vector<MetricSet> covariate_sets(const SplitOutcomes& all, const SetOptions& options) {
  if (options.covariates.empty()) return {};
  const Outcomes<PairOutcome> pairs = compared_pairs(all, options);
  std::vector<KnownPairs> known;
  std::vector<MetricSet> sets;
  for (size_t k = 0; k < options.covariates.size(); ++k) {
    known.push_back(known_pairs(pairs, k));
    sets.push_back(set_of(options.covariates[k], known.back(), pairs.size()));
  }
  if (sets.size() > 1) add_intervals_at_once(pairs.origins, known, sets);
  return sets;
}

}  // namespace laurel
