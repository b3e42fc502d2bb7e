// Metrics of pairs: each pair's terms, summed by weight.
#include "eval/pair_metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "eval/calibration.h"

namespace laurel {

namespace {

struct Terms {
  double decided;     // 1: there is a winner
  double win;         // 1, 1/2 for equal rewards, 0
  double tie;         // 1 for equal rewards
  bool longer;        // the better answer is the longer one
  double margin;      // d = better - worse
  double log_loss;    // -t log sigmoid(d) - (1 - t) log sigmoid(-d)
  double brier;       // (sigmoid(d) - t)^2
  double confidence;  // sigmoid(|d|): how sure the model is of the answer that it prefers
  double agreement;   // how often people prefer that answer: t or 1 - t, 1/2 for equal rewards
  size_t bin;
};

Terms terms_of(const PairOutcome& o) {
  const double d = o.better - o.worse, t = o.target;
  const double confidence = sigmoid(std::abs(d));
  return {.decided = t == 0.5 ? 0.0 : 1.0,
          .win = d == 0  ? 0.5
                 : d > 0 ? 1.0
                         : 0.0,
          .tie = d == 0 ? 1.0 : 0.0,
          .longer = o.better_length > o.worse_length,
          .margin = d,
          .log_loss = t * negative_log_sigmoid(d) + (1 - t) * negative_log_sigmoid(-d),
          .brier = (sigmoid(d) - t) * (sigmoid(d) - t),
          .confidence = confidence,
          .agreement = d == 0  ? 0.5
                       : d > 0 ? t
                               : 1 - t,
          .bin = equal_width_bin(confidence, 0.5)};
}

struct Sums {
  double decided = 0, longer = 0, wins = 0, longer_wins = 0, ties = 0, margin = 0;
};

Sums order_sums(const std::vector<Terms>& terms, std::span<const double> weight) {
  Sums s;
  for (size_t i = 0; i < terms.size(); ++i) {
    const Terms& t = terms[i];
    const double w = weight[i] * t.decided, of_longer = t.longer ? w : 0;
    s.decided += w;
    s.longer += of_longer;
    s.wins += w * t.win;
    s.longer_wins += of_longer * t.win;
    s.ties += w * t.tie;
    s.margin += w * t.margin;
  }
  return s;
}

struct Probabilities {
  double total = 0, log_loss = 0, brier = 0;
  std::array<double, kCalibrationBins> gap{};  // sum of weight x (agreement - confidence)

  double gaps() const {
    double sum = 0;
    for (const double g : gap) sum += std::abs(g);
    return sum;
  }
};

Probabilities probability_sums(const std::vector<Terms>& terms, std::span<const double> weight) {
  Probabilities c;
  for (size_t i = 0; i < terms.size(); ++i) {
    const Terms& t = terms[i];
    c.total += weight[i];
    c.log_loss += weight[i] * t.log_loss;
    c.brier += weight[i] * t.brier;
    c.gap[t.bin] += weight[i] * (t.agreement - t.confidence);
  }
  return c;
}

}  // namespace

Metrics pair_metrics(std::span<const PairOutcome> outcomes) {
  std::vector<Terms> terms;
  terms.reserve(outcomes.size());
  for (const PairOutcome& outcome : outcomes) terms.push_back(terms_of(outcome));
  const bool with_ties = std::ranges::any_of(terms, [](const Terms& t) { return t.decided == 0; });
  Metrics metrics{
      .names = {"accuracy", "ties", "accuracy_longer", "accuracy_not_longer", "balanced_accuracy",
                "longer_wins", "log_loss", "margin", "brier", "ece"},
      .values = {}};
  if (with_ties) metrics.names.emplace_back("label_ties");
  metrics.values = [terms = std::move(terms), with_ties](std::span<const double> weight) {
    const Sums s = order_sums(terms, weight);
    const Probabilities c = probability_sums(terms, weight);
    const auto longer = ratio(s.longer_wins, s.longer);
    const auto not_longer = ratio(s.wins - s.longer_wins, s.decided - s.longer);
    MetricValues values{
        ratio(s.wins, s.decided),
        ratio(s.ties, s.decided),
        longer,
        not_longer,
        longer && not_longer ? std::optional((*longer + *not_longer) / 2) : std::nullopt,
        ratio(s.longer, s.decided),
        ratio(c.log_loss, c.total),
        ratio(s.margin, s.decided),
        ratio(c.brier, c.total),
        ratio(c.gaps(), c.total)};
    if (with_ties) values.push_back(ratio(c.total - s.decided, c.total));
    return values;
  };
  return metrics;
}

}  // namespace laurel
