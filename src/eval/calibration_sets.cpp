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

void add(MetricSet& set, const std::string& name, const BinError& error) {
  set.metrics.push_back(without_interval(name, error.value));
  set.metrics.push_back(null_metric(name, error.null));
}

void add(MetricSet& set, const BrierParts& parts) {
  set.metrics.push_back(without_interval("reliability", parts.reliability));
  set.metrics.push_back(without_interval("resolution", parts.resolution));
  set.metrics.push_back(without_interval("uncertainty", parts.uncertainty));
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
  add(set, "calibration_mse", squared_calibration_error(forecasts_of(pairs.values)));
  add(set, brier_parts(pairs.values));
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
  add(set, "ece", expected_calibration_error(forecasts, 0));
  add(set, "calibration_mse", squared_calibration_error(forecasts));
  add(set, brier_parts(ratings));
  return set;
}

}  // namespace laurel
