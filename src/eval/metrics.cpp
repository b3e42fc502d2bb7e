// Weighted sums over outcomes, and ranks that stay exact under weights.
#include "eval/metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace laurel {

namespace {

std::optional<double> ratio(double sum, double weight) {
  if (weight == 0) return std::nullopt;
  return sum / weight;
}

// -log sigmoid(x) = log(1 + e^-x), without overflow.
double negative_log_sigmoid(double x) {
  return std::log1p(std::exp(-std::abs(x))) + std::max(-x, 0.0);
}

std::vector<int32_t> rising_order(const std::vector<double>& values) {
  std::vector<int32_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](int32_t a, int32_t b) { return values[a] < values[b]; });
  return order;
}

// The rank of each value if value i stood `weight[i]` times in the list; equal values share the
// mean of their ranks. Ranks are shifted by a constant, which correlations do not see.
std::vector<double> weighted_ranks(const std::vector<double>& values,
                                   const std::vector<int32_t>& order,
                                   std::span<const double> weight) {
  std::vector<double> ranks(values.size());
  double below = 0;
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    double equal = 0;
    for (; end < order.size() && values[order[end]] == values[order[begin]]; ++end) {
      equal += weight[order[end]];
    }
    for (size_t i = begin; i < end; ++i) ranks[order[i]] = below + equal / 2;
    below += equal;
  }
  return ranks;
}

struct Moments {
  double weight = 0, mean = 0, square = 0;  // square: sum of weight x squared deviation
  bool constant = true;                     // all values of weight > 0 are equal
};

// Two passes, because the difference of large sums would lose small deviations.
Moments moments(const std::vector<double>& values, std::span<const double> weight) {
  Moments m;
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
  const Moments of_a = moments(a, weight), of_b = moments(b, weight);
  if (of_a.constant || of_b.constant) return std::nullopt;
  double product = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    product += weight[i] * (a[i] - of_a.mean) * (b[i] - of_b.mean);
  }
  const double scale = std::sqrt(of_a.square) * std::sqrt(of_b.square);
  if (scale == 0) return std::nullopt;  // deviations too small to square
  return std::clamp(product / scale, -1.0, 1.0);
}

}  // namespace

PairMetrics::PairMetrics(std::span<const PairOutcome> outcomes) {
  terms_.reserve(outcomes.size());
  for (const PairOutcome& o : outcomes) {
    const bool tie = o.better == o.worse;
    terms_.push_back({.win = tie                  ? 0.5
                             : o.better > o.worse ? 1.0
                                                  : 0.0,
                      .tie = tie ? 1.0 : 0.0,
                      .log_loss = negative_log_sigmoid(o.better - o.worse),
                      .margin = o.better - o.worse,
                      .longer = o.better_length > o.worse_length});
  }
}

MetricValues PairMetrics::operator()(std::span<const double> weight) const {
  double total = 0, longer = 0, wins = 0, longer_wins = 0, ties = 0, log_loss = 0, margin = 0;
  for (size_t i = 0; i < terms_.size(); ++i) {
    const Terms& t = terms_[i];
    const double w = weight[i], of_longer = t.longer ? w : 0;
    total += w;
    longer += of_longer;
    wins += w * t.win;
    longer_wins += of_longer * t.win;
    ties += w * t.tie;
    log_loss += w * t.log_loss;
    margin += w * t.margin;
  }
  return {ratio(wins, total),         ratio(ties, total),
          ratio(longer_wins, longer), ratio(wins - longer_wins, total - longer),
          ratio(longer, total),       ratio(log_loss, total),
          ratio(margin, total)};
}

RatingMetrics::RatingMetrics(std::span<const RatingOutcome> outcomes) {
  for (const RatingOutcome& o : outcomes) {
    score_.push_back(o.score);
    prediction_.push_back(o.prediction);
  }
  score_order_ = rising_order(score_);
  prediction_order_ = rising_order(prediction_);
}

MetricValues RatingMetrics::operator()(std::span<const double> weight) const {
  double total = 0, squares = 0, absolutes = 0;
  for (size_t i = 0; i < score_.size(); ++i) {
    const double error = prediction_[i] - score_[i];
    total += weight[i];
    squares += weight[i] * error * error;
    absolutes += weight[i] * std::abs(error);
  }
  const Moments scores = moments(score_, weight);
  std::optional<double> r2;
  if (!scores.constant && scores.square > 0) r2 = 1 - squares / scores.square;
  const auto spearman = correlation(weighted_ranks(score_, score_order_, weight),
                                    weighted_ranks(prediction_, prediction_order_, weight), weight);
  return {ratio(squares, total), ratio(absolutes, total), r2,
          correlation(score_, prediction_, weight), spearman};
}

}  // namespace laurel
