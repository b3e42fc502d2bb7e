// Sums, ranks and correlations of outcomes that count as often as their weights say.
//
// A statistic takes every outcome once and is then computed for any weights: 1 each gives the
// value of the set, whole numbers give that of a draw of the bootstrap. A value that is not defined
// (a mean over nothing, a correlation with a constant) is nullopt, never NaN.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace laurel {

using MetricValues = std::vector<std::optional<double>>;

// What is computed of a set: names, and values in their order for any weights of the outcomes.
struct Metrics {
  std::vector<std::string> names;
  std::function<MetricValues(std::span<const double> weight)> values;
};

// The metrics of all parts, which are about the same outcomes, concatenated.
Metrics concatenated(std::vector<Metrics> parts);

std::optional<double> ratio(double sum, double weight);

// -log sigmoid(x) = log(1 + e^-x), without overflow.
double negative_log_sigmoid(double x);
double sigmoid(double x);

// Values with their order, for ranks under many weights.
class RankedValues {
 public:
  explicit RankedValues(std::vector<double> values);

  const std::vector<double>& values() const { return values_; }

  // The rank of each value if value i stood `weight[i]` times in the list: what stands below it,
  // plus half of what equals it. Equal values share the mean of their ranks, shifted by a constant.
  std::vector<double> ranks(std::span<const double> weight) const;

 private:
  std::vector<double> values_;
  std::vector<int32_t> order_;  // by rising value
};

struct ValueMoments {
  double weight = 0, mean = 0, square = 0;  // square: sum of weight x squared deviation
  bool constant = true;                     // all values of weight > 0 are equal
};

ValueMoments moments(const std::vector<double>& values, std::span<const double> weight);

// Pearson's; of ranks: Spearman's.
std::optional<double> correlation(const std::vector<double>& a, const std::vector<double>& b,
                                  std::span<const double> weight);
std::optional<double> rank_correlation(const RankedValues& a, const RankedValues& b,
                                       std::span<const double> weight);

// P(value of a positive > value of a negative) + P(equal) / 2, over all such pairs.
std::optional<double> area_under_roc(const std::vector<bool>& positive, const RankedValues& values,
                                     std::span<const double> weight);

}  // namespace laurel
