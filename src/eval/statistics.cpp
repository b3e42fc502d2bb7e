// Weighted sums, moments (in two passes), ranks and correlations.
#include "eval/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace laurel {

Metrics concatenated(std::vector<Metrics> parts) {
  Metrics all;
  for (const Metrics& part : parts) {
    all.names.insert(all.names.end(), part.names.begin(), part.names.end());
  }
  all.values = [parts = std::move(parts)](std::span<const double> weight) {
    MetricValues values;
    for (const Metrics& part : parts) {
      const MetricValues more = part.values(weight);
      values.insert(values.end(), more.begin(), more.end());
    }
    return values;
  };
  return all;
}

std::optional<double> ratio(double sum, double weight) {
  if (weight == 0) return std::nullopt;
  return sum / weight;
}

double negative_log_sigmoid(double x) {
  return std::log1p(std::exp(-std::abs(x))) + std::max(-x, 0.0);
}

double sigmoid(double x) { return std::exp(-negative_log_sigmoid(x)); }

RankedValues::RankedValues(std::vector<double> values)
    : values_(std::move(values)), order_(values_.size()) {
  std::iota(order_.begin(), order_.end(), 0);
  std::sort(order_.begin(), order_.end(),
            [&](int32_t a, int32_t b) { return values_[a] < values_[b]; });
}

std::vector<double> RankedValues::ranks(std::span<const double> weight) const {
  std::vector<double> ranks(values_.size());
  double below = 0;
  for (size_t begin = 0, end = 0; begin < order_.size(); begin = end) {
    double equal = 0;
    for (; end < order_.size() && values_[order_[end]] == values_[order_[begin]]; ++end) {
      equal += weight[order_[end]];
    }
    for (size_t i = begin; i < end; ++i) ranks[order_[i]] = below + equal / 2;
    below += equal;
  }
  return ranks;
}

// Two passes, because the difference of large sums would lose small deviations.
ValueMoments moments(const std::vector<double>& values, std::span<const double> weight) {
  ValueMoments m;
  std::optional<double> first;
  for (size_t i = 0; i < values.size(); ++i) {
    if (weight[i] == 0) continue;
    if (!first) first = values[i];
    m.constant = m.constant && values[i] == *first;
    m.weight += weight[i];
    m.mean += weight[i] * values[i];
  }
  if (m.weight > 0) m.mean /= m.weight;
  for (size_t i = 0; i < values.size(); ++i) {
    m.square += weight[i] * (values[i] - m.mean) * (values[i] - m.mean);
  }
  return m;
}

std::optional<double> correlation(const std::vector<double>& a, const std::vector<double>& b,
                                  std::span<const double> weight) {
  const ValueMoments of_a = moments(a, weight), of_b = moments(b, weight);
  if (of_a.constant || of_b.constant) return std::nullopt;
  double product = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    product += weight[i] * (a[i] - of_a.mean) * (b[i] - of_b.mean);
  }
  const double scale = std::sqrt(of_a.square) * std::sqrt(of_b.square);
  if (scale == 0) return std::nullopt;  // deviations too small to square
  return std::clamp(product / scale, -1.0, 1.0);
}

std::optional<double> rank_correlation(const RankedValues& a, const RankedValues& b,
                                       std::span<const double> weight) {
  return correlation(a.ranks(weight), b.ranks(weight), weight);
}

std::optional<double> area_under_roc(const std::vector<bool>& positive, const RankedValues& values,
                                     std::span<const double> weight) {
  const std::vector<double> ranks = values.ranks(weight);
  double positives = 0, negatives = 0, sum = 0;
  for (size_t i = 0; i < ranks.size(); ++i) {
    (positive[i] ? positives : negatives) += weight[i];
    if (positive[i]) sum += weight[i] * ranks[i];
  }
  // Among themselves the positives make half of all their pairs.
  return ratio(sum - positives * positives / 2, positives * negatives);
}

}  // namespace laurel
