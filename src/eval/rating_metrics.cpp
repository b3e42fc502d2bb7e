// Metrics of ratings: weighted sums of errors, and rank correlations.
#include "eval/rating_metrics.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace laurel {

namespace {

constexpr double kQuantile90 = 1.6448536269514722;  // of the normal distribution, two-sided
constexpr double kMinProbability = 1e-15;           // a certainty that was wrong costs 34.5

double clamped_log(double probability) { return std::log(std::max(probability, kMinProbability)); }

struct Columns {
  std::vector<double> score, prediction;
};

Columns columns_of(std::span<const RatingOutcome> outcomes) {
  Columns columns;
  for (const RatingOutcome& o : outcomes) {
    columns.score.push_back(o.score);
    columns.prediction.push_back(o.prediction);
  }
  return columns;
}

// How often `prediction` > 1/2 says what the label says; exactly 1/2 is half right.
double correctness(const RatingOutcome& o) {
  if (o.prediction == 0.5) return 0.5;
  return (o.prediction > 0.5) == (o.score == 1) ? 1.0 : 0.0;
}

}  // namespace

Metrics rating_metrics(std::span<const RatingOutcome> outcomes) {
  Columns columns = columns_of(outcomes);
  const auto values = [scores = RankedValues(std::move(columns.score)),
                       predictions = RankedValues(std::move(columns.prediction))](
                          std::span<const double> weight) -> MetricValues {
    const std::vector<double>&score = scores.values(), &prediction = predictions.values();
    double squares = 0, absolutes = 0;
    for (size_t i = 0; i < score.size(); ++i) {
      const double error = prediction[i] - score[i];
      squares += weight[i] * error * error;
      absolutes += weight[i] * std::abs(error);
    }
    const ValueMoments of_scores = moments(score, weight);
    std::optional<double> r2;
    if (!of_scores.constant && of_scores.square > 0) r2 = 1 - squares / of_scores.square;
    return {ratio(squares, of_scores.weight),
            ratio(absolutes, of_scores.weight),
            r2,
            correlation(score, prediction, weight),
            rank_correlation(scores, predictions, weight),
            ratio(of_scores.square, of_scores.weight)};
  };
  return {{"mse", "mae", "r2", "pearson", "spearman", "mse_of_mean"}, values};
}

bool are_labels(std::span<const RatingOutcome> outcomes) {
  return std::ranges::all_of(outcomes,
                             [](const RatingOutcome& o) { return o.score == 0 || o.score == 1; });
}

Metrics label_metrics(std::span<const RatingOutcome> outcomes) {
  std::vector<bool> positive;
  std::vector<double> right, log_loss, square;
  for (const RatingOutcome& o : outcomes) {
    positive.push_back(o.score == 1);
    right.push_back(correctness(o));
    log_loss.push_back(-clamped_log(o.score == 1 ? o.prediction : 1 - o.prediction));
    square.push_back((o.prediction - o.score) * (o.prediction - o.score));
  }
  const bool probabilities = std::ranges::all_of(
      outcomes, [](const RatingOutcome& o) { return 0 <= o.prediction && o.prediction <= 1; });
  const auto values = [=, predictions = RankedValues(columns_of(outcomes).prediction)](
                          std::span<const double> weight) -> MetricValues {
    double total = 0, positives = 0, rights = 0, log_losses = 0, squares = 0;
    for (size_t i = 0; i < positive.size(); ++i) {
      total += weight[i];
      positives += positive[i] ? weight[i] : 0;
      rights += weight[i] * right[i];
      log_losses += weight[i] * log_loss[i];
      squares += weight[i] * square[i];
    }
    return {area_under_roc(positive, predictions, weight),
            ratio(rights, total),
            ratio(std::max(positives, total - positives), total),
            probabilities ? ratio(log_losses, total) : std::nullopt,
            ratio(squares, total),
            ratio(positives, total)};
  };
  return {{"auc", "accuracy", "majority", "log_loss", "brier", "base_rate"}, values};
}

Metrics deviation_metrics(std::span<const DeviationOutcome> outcomes) {
  std::vector<double> error, deviation, differ, known, nll, covered;
  for (const DeviationOutcome& o : outcomes) {
    const double z = o.error / o.deviation;
    error.push_back(std::abs(o.error));
    deviation.push_back(o.deviation);
    differ.push_back(o.annotator_deviation);
    known.push_back(o.annotator_deviation >= 0 ? 1 : 0);
    nll.push_back(std::log(o.deviation) + 0.5 * z * z + 0.5 * std::log(2 * std::numbers::pi));
    covered.push_back(std::abs(z) <= kQuantile90 ? 1 : 0);
  }
  const bool annotated = std::ranges::any_of(known, [](double k) { return k == 1; });
  Metrics metrics{{"error_spearman", "nll", "coverage_90", "mean_deviation"}, {}};
  if (annotated) metrics.names.emplace_back("annotators_spearman");
  metrics.values = [=, errors = RankedValues(error), deviations = RankedValues(deviation),
                    differing = RankedValues(differ)](std::span<const double> weight) {
    double total = 0, nlls = 0, covers = 0, stated = 0;
    for (size_t i = 0; i < nll.size(); ++i) {
      total += weight[i];
      nlls += weight[i] * nll[i];
      covers += weight[i] * covered[i];
      stated += weight[i] * deviation[i];
    }
    MetricValues values{rank_correlation(deviations, errors, weight), ratio(nlls, total),
                        ratio(covers, total), ratio(stated, total)};
    if (annotated) {
      std::vector<double> of_known(weight.begin(), weight.end());
      for (size_t i = 0; i < known.size(); ++i) of_known[i] *= known[i];
      values.push_back(rank_correlation(deviations, differing, of_known));
    }
    return values;
  };
  return metrics;
}

}  // namespace laurel
