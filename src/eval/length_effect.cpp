// Sums of products of the two differences, a regression on both, and one that is cross-fitted.
#include "eval/length_effect.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "eval/folds.h"
#include "eval/logistic.h"

namespace laurel {

namespace {

constexpr double kRounding = 1e-9;  // of a reward that length explains whole, nothing is left

double log_length(int64_t length) {
  return std::log(static_cast<double>(std::max<int64_t>(length, 1)));
}

// d and l of each pair.
LogisticData<2> log_lengths_of(std::span<const PairOutcome> pairs) {
  LogisticData<2> data;
  for (const PairOutcome& o : pairs) {
    data.x.push_back(
        {o.better - o.worse, log_length(o.better_length) - log_length(o.worse_length)});
    data.target.push_back(o.target);
  }
  return data;
}

struct LengthSums {
  double reward = 0, product = 0, length = 0;  // of d^2, d l, l^2

  void add(double weight, double d, double l) {
    reward += weight * d * d;
    product += weight * d * l;
    length += weight * l * l;
  }
};

class LengthEffect {
 public:
  LengthEffect(std::span<const PairOutcome> pairs, std::span<const Origin> origins)
      : draws_(log_lengths_of(pairs)), folds_(folds_by_prompt(origins)) {}

  MetricValues values(std::span<const double> weight) const {
    LengthSums all;
    std::vector<LengthSums> of_fold(static_cast<size_t>(folds_.count));
    for (size_t i = 0; i < weight.size(); ++i) {
      const auto& [d, l] = draws_.data().x[i];
      all.add(weight[i], d, l);
      of_fold[static_cast<size_t>(folds_.fold[i])].add(weight[i], d, l);
    }
    MetricValues values{correlation_of(all)};
    const auto fit = draws_.fit(weight);
    values.push_back(fit ? std::optional((*fit)[0]) : std::nullopt);
    values.push_back(fit ? std::optional((*fit)[1]) : std::nullopt);
    values.push_back(accuracy_without_length(weight, all, of_fold));
    return values;
  }

 private:
  static std::optional<double> correlation_of(const LengthSums& sums) {
    const double scale = std::sqrt(sums.reward) * std::sqrt(sums.length);
    if (!(scale > 0)) return std::nullopt;
    return std::clamp(sums.product / scale, -1.0, 1.0);
  }

  // The slopes of the other folds, by fold; nullopt where one is not defined.
  static std::optional<std::vector<double>> slopes(const LengthSums& all,
                                                   const std::vector<LengthSums>& of_fold) {
    if (of_fold.size() < 2) return std::nullopt;
    std::vector<double> slopes;
    for (const LengthSums& own : of_fold) {
      const double length = all.length - own.length;
      if (!(length > 1e-12 * all.length)) return std::nullopt;
      slopes.push_back((all.product - own.product) / length);
    }
    return slopes;
  }

  std::optional<double> accuracy_without_length(std::span<const double> weight,
                                                const LengthSums& all,
                                                const std::vector<LengthSums>& of_fold) const {
    const auto beta = slopes(all, of_fold);
    if (!beta) return std::nullopt;
    double wins = 0, decided = 0;
    for (size_t i = 0; i < weight.size(); ++i) {
      if (draws_.data().target[i] == 0.5) continue;
      const auto& [d, l] = draws_.data().x[i];
      const double explained = (*beta)[static_cast<size_t>(folds_.fold[i])] * l;
      const double rest = d - explained;
      const bool is_even = std::abs(rest) <= kRounding * (std::abs(d) + std::abs(explained));
      wins += weight[i] * (is_even ? 0.5 : rest > 0 ? 1 : 0);
      decided += weight[i];
    }
    return ratio(wins, decided);
  }

  LogisticDraws<2> draws_;
  Folds folds_;
};

}  // namespace

Metrics length_metrics(std::span<const PairOutcome> pairs, std::span<const Origin> origins) {
  return {.names = {"length_correlation", "reward_coefficient", "length_coefficient",
                    "what_if_no_length_accuracy"},
          .values = [effect = LengthEffect(pairs, origins)](std::span<const double> weight) {
            return effect.values(weight);
          }};
}

}  // namespace laurel
