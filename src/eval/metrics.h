// Exact metrics of a whole set: how pairs are ordered, and how near predictions are to scores.
//
// Both classes take every outcome once and then compute all metrics for any weights of the
// outcomes: weight 1 each gives the metrics themselves, whole numbers give a draw of the bootstrap.
// A metric that is not defined (a mean over nothing, R2 of constant scores) is nullopt, never NaN.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace laurel {

// One judged pair: the two rewards, and the lengths of the two answers in Unicode code points.
struct PairOutcome {
  double better, worse;
  int64_t better_length = 0, worse_length = 0;
};

// One judged response: what people gave it, and what the model predicts in the same units.
struct RatingOutcome {
  double score, prediction;
};

using MetricValues = std::vector<std::optional<double>>;  // in the order of kNames

class PairMetrics {
 public:
  static constexpr std::array kNames{
      "accuracy",    "ties",     "accuracy_longer", "accuracy_not_longer",
      "longer_wins", "log_loss", "margin"};

  explicit PairMetrics(std::span<const PairOutcome> outcomes);
  MetricValues operator()(std::span<const double> weight) const;

 private:
  struct Terms {
    double win;       // 1, 1/2 for equal rewards, 0
    double tie;       // 1 for equal rewards
    double log_loss;  // -log sigmoid(better - worse)
    double margin;    // better - worse
    bool longer;      // the better answer is the longer one
  };
  std::vector<Terms> terms_;
};

class RatingMetrics {
 public:
  static constexpr std::array kNames{"mse", "mae", "r2", "pearson", "spearman"};

  explicit RatingMetrics(std::span<const RatingOutcome> outcomes);
  MetricValues operator()(std::span<const double> weight) const;

 private:
  std::vector<double> score_, prediction_;
  std::vector<int32_t> score_order_, prediction_order_;  // outcomes by rising value, for ranks
};

}  // namespace laurel
