// Sums of products of the two differences, a regression on both, and one that is cross-fitted.
#include "eval/covariate_effect.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "core/str.h"
#include "eval/folds.h"
#include "eval/logistic.h"

namespace laurel {

namespace {

constexpr double kRounding = 1e-9;  // of a reward that x explains whole, nothing is left

double log_length(int64_t length) {
  return std::log(static_cast<double>(std::max<int64_t>(length, 1)));
}

// d and x of each pair.
LogisticData<2> differences_of(std::span<const PairOutcome> pairs,
                               std::span<const double> difference) {
  LogisticData<2> data;
  for (size_t i = 0; i < pairs.size(); ++i) {
    data.x.push_back({pairs[i].better - pairs[i].worse, difference[i]});
    data.target.push_back(pairs[i].target);
  }
  return data;
}

struct ProductSums {
  double reward = 0, product = 0, property = 0;  // of d^2, d x, x^2

  void add(double weight, double d, double x) {
    reward += weight * d * d;
    product += weight * d * x;
    property += weight * x * x;
  }
};

class CovariateEffect {
 public:
  CovariateEffect(std::span<const PairOutcome> pairs, std::span<const double> difference,
                  std::span<const Origin> origins)
      : draws_(differences_of(pairs, difference)), folds_(folds_by_prompt(origins)) {}

  MetricValues values(std::span<const double> weight) const {
    ProductSums all;
    std::vector<ProductSums> of_fold(static_cast<size_t>(folds_.count));
    for (size_t i = 0; i < weight.size(); ++i) {
      const auto& [d, x] = draws_.data().x[i];
      all.add(weight[i], d, x);
      of_fold[static_cast<size_t>(folds_.fold[i])].add(weight[i], d, x);
    }
    MetricValues values{correlation_of(all)};
    const auto fit = draws_.fit(weight);
    values.push_back(fit ? std::optional((*fit)[0]) : std::nullopt);
    values.push_back(fit ? std::optional((*fit)[1]) : std::nullopt);
    values.push_back(accuracy_without(weight, all, of_fold));
    return values;
  }

 private:
  static std::optional<double> correlation_of(const ProductSums& sums) {
    const double scale = std::sqrt(sums.reward) * std::sqrt(sums.property);
    if (!(scale > 0)) return std::nullopt;
    return std::clamp(sums.product / scale, -1.0, 1.0);
  }

  // The slopes of the other folds, by fold; nullopt where one is not defined.
  static std::optional<std::vector<double>> slopes(const ProductSums& all,
                                                   const std::vector<ProductSums>& of_fold) {
    if (of_fold.size() < 2) return std::nullopt;
    std::vector<double> slopes;
    for (const ProductSums& own : of_fold) {
      const double property = all.property - own.property;
      if (!(property > 1e-12 * all.property)) return std::nullopt;
      slopes.push_back((all.product - own.product) / property);
    }
    return slopes;
  }

  std::optional<double> accuracy_without(std::span<const double> weight, const ProductSums& all,
                                         const std::vector<ProductSums>& of_fold) const {
    const auto beta = slopes(all, of_fold);
    if (!beta) return std::nullopt;
    double wins = 0, decided = 0;
    for (size_t i = 0; i < weight.size(); ++i) {
      if (draws_.data().target[i] == 0.5) continue;
      const auto& [d, x] = draws_.data().x[i];
      const double explained = (*beta)[static_cast<size_t>(folds_.fold[i])] * x;
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

Metrics covariate_metrics(const std::string& property, std::span<const PairOutcome> pairs,
                          std::span<const double> difference, std::span<const Origin> origins) {
  return {.names = {str(property, "_correlation"), "reward_coefficient",
                    str(property, "_coefficient"), str("what_if_no_", property, "_accuracy")},
          .values = [effect = CovariateEffect(pairs, difference, origins)](
                        std::span<const double> weight) { return effect.values(weight); }};
}

Metrics length_metrics(std::span<const PairOutcome> pairs, std::span<const Origin> origins) {
  std::vector<double> difference;
  for (const PairOutcome& o : pairs) {
    difference.push_back(log_length(o.better_length) - log_length(o.worse_length));
  }
  return covariate_metrics("length", pairs, difference, origins);
}

}  // namespace laurel
