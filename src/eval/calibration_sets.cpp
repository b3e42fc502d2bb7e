// Joins what is measured with intervals and what is measured beside its null band.
#include "eval/calibration_sets.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/str.h"
#include "eval/calibration.h"
#include "eval/slope.h"
#include "eval/summarise.h"

namespace laurel {

namespace {

Metric without_interval(std::string name, const std::optional<double>& value) {
  return {.name = std::move(name), .value = value, .low = {}, .high = {}};
}

// What labels drawn from the forecasts would give, as a metric of its own.
Metric null_metric(const std::string& name, const std::optional<NullBand>& band) {
  Metric metric = without_interval(name + "_if_calibrated", {});
  if (band) metric = {metric.name, band->mean, band->low, band->high};
  return metric;
}

void add_error(MetricSet& set, const std::string& name, const BinError& error) {
  set.metrics.push_back(without_interval(name, error.value));
  set.metrics.push_back(null_metric(name, error.null));
}

void add_parts(MetricSet& set, const BrierParts& parts) {
  set.metrics.push_back(without_interval("reliability", parts.reliability));
  set.metrics.push_back(without_interval("resolution", parts.resolution));
  set.metrics.push_back(without_interval("uncertainty", parts.uncertainty));
}

bool is_of_probabilities(const Metric& metric) {
  return metric.name == "log_loss" || metric.name == "brier" || metric.name.starts_with("ece");
}

// `set` is the calibration set of what was calibrated; `whole` has its other metrics.
MetricSet calibrated(MetricSet set, const MetricSet& whole, const Calibration& calibration,
                     const std::string& n) {
  std::vector<Metric> metrics;
  std::ranges::copy_if(whole.metrics, std::back_inserter(metrics), is_of_probabilities);
  metrics.insert(metrics.end(), set.metrics.begin(), set.metrics.end());
  set.metrics = std::move(metrics);
  set.name = kCalibratedSet;
  set.title = str("calibrated, T ", format_number(calibration.temperature), ": ", n);
  return set;
}

}  // namespace

MetricSet pair_set(std::string name, std::string title, const Outcomes<PairOutcome>& pairs) {
  MetricSet set =
      summarise(std::move(name), std::move(title), pair_metrics(pairs.values), pairs.origins);
  const auto ece = std::ranges::find(set.metrics, "ece", &Metric::name);
  *ece = without_interval("ece", ece->value);
  const BinError error = expected_calibration_error(forecasts_of(pairs.values), 0.5);
  set.metrics.insert(ece + 1, null_metric("ece", error.null));
  return set;
}

MetricSet calibration_set(const Outcomes<PairOutcome>& pairs) {
  MetricSet set =
      summarise("calibration", str("calibration: ", count_text(pairs.size(), "pair")),
                slope_metrics(std::span<const PairOutcome>(pairs.values)), pairs.origins);
  // Draws of a slope below 0 have no temperature, so its limits are those of the slope.
  Metric& temperature = set.metrics[1];
  temperature.low = temperature.high = std::nullopt;
  if (const auto& slope = set.metrics[0]; slope.low && *slope.low > 0) {
    temperature.low = 1 / *slope.high;
    temperature.high = 1 / *slope.low;
  }
  add_error(set, "calibration_mse", squared_calibration_error(forecasts_of(pairs.values)));
  add_parts(set, brier_parts(pairs.values));
  return set;
}

MetricSet calibration_set(const Outcomes<Cell>& labels) {
  MetricSet set = summarise("calibration", str("calibration: ", count_text(labels.size(), "label")),
                            slope_metrics(std::span<const Cell>(labels.values)), labels.origins);
  std::vector<RatingOutcome> ratings;
  for (const Cell& cell : labels.values) ratings.push_back(cell.rating);
  const bool probabilities = std::ranges::all_of(
      ratings, [](const RatingOutcome& o) { return 0 <= o.prediction && o.prediction <= 1; });
  if (!probabilities) return set;
  const std::vector<Forecast> forecasts = forecasts_of(ratings);
  add_error(set, "ece", expected_calibration_error(forecasts, 0));
  add_error(set, "calibration_mse", squared_calibration_error(forecasts));
  add_parts(set, brier_parts(ratings));
  return set;
}

MetricSet calibrated_set(Outcomes<PairOutcome> pairs, const Calibration& calibration) {
  for (PairOutcome& pair : pairs.values) {
    pair.better = calibration.log_odds(pair.better);
    pair.worse = calibration.log_odds(pair.worse);
  }
  return calibrated(calibration_set(pairs), pair_set("", "", pairs), calibration,
                    count_text(pairs.size(), "pair"));
}

MetricSet calibrated_set(Outcomes<Cell> labels, const Calibration& calibration) {
  std::vector<RatingOutcome> ratings;
  for (Cell& cell : labels.values) {
    cell.reward = calibration.log_odds(cell.reward);
    cell.rating.prediction = sigmoid(cell.reward);
    ratings.push_back(cell.rating);
  }
  return calibrated(calibration_set(labels),
                    summarise("", "", label_metrics(ratings), labels.origins), calibration,
                    count_text(labels.size(), "label"));
}

}  // namespace laurel
