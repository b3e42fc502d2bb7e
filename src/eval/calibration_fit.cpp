// Fits by the regressions of slope.cpp, on all labels and, for what is gained, fold by fold.
#include "eval/calibration_fit.h"

#include <set>

#include "core/error.h"
#include "core/str.h"
#include "eval/folds.h"
#include "eval/slope.h"

namespace laurel {

namespace {

// What is calibrated: of pairs x is their difference alone, of labels the reward and a 1.
struct LogOdds {
  std::vector<double> x, target;
  double term = 0;  // that the shift is multiplied by: 0 of pairs, 1 of labels
};

double log_loss_of(const LogOdds& of, size_t i, double slope, double shift) {
  const double odds = slope * of.x[i] + of.term * shift, t = of.target[i];
  return t * negative_log_sigmoid(odds) + (1 - t) * negative_log_sigmoid(-odds);
}

LogOdds log_odds_of(std::span<const PairOutcome> pairs) {
  LogOdds of;
  for (const PairOutcome& o : pairs) {
    of.x.push_back(o.better - o.worse);
    of.target.push_back(o.target);
  }
  return of;
}

LogOdds log_odds_of(std::span<const Cell> labels) {
  LogOdds of{.x = {}, .target = {}, .term = 1};
  for (const Cell& cell : labels) {
    of.x.push_back(cell.reward);
    of.target.push_back(cell.rating.score);
  }
  return of;
}

// Of the metrics of slope.h: slope and, of labels, intercept.
struct FittedLine {
  double slope, shift;
};
std::optional<FittedLine> line_of(const MetricValues& values, double term) {
  if (!values[0] || !(*values[0] > 0)) return std::nullopt;
  return FittedLine{*values[0], term == 0 ? 0 : *values[1]};
}

// Mean log loss where each fold's labels are judged by the line of the other folds.
template <class T>
std::optional<double> cross_fitted(std::span<const T> outcomes, const LogOdds& of,
                                   std::span<const Origin> origins) {
  const Folds folds = folds_by_prompt(origins);
  if (folds.count < 2) return std::nullopt;
  double sum = 0;
  for (int32_t fold = 0; fold < folds.count; ++fold) {
    std::vector<T> others;
    for (size_t i = 0; i < outcomes.size(); ++i) {
      if (folds.fold[i] != fold) others.push_back(outcomes[i]);
    }
    const auto slopes = slope_metrics(std::span<const T>(others));
    const auto line = line_of(slopes.values(std::vector<double>(others.size(), 1.0)), of.term);
    if (!line) return std::nullopt;
    for (size_t i = 0; i < outcomes.size(); ++i) {
      if (folds.fold[i] == fold) sum += log_loss_of(of, i, line->slope, line->shift);
    }
  }
  return sum / static_cast<double>(outcomes.size());
}

[[noreturn]] void refuse_labels(const std::string& what) { throw Error{ErrorKind::data, what}; }

[[noreturn]] void refuse_slope(const MetricValues& values, const std::string& labels) {
  if (values[0]) {
    refuse_labels(str("found the slope ", *values[0],
                      ", expected one above 0: the rewards are wrong about ", "the ", labels,
                      " more often than right; are the labels turned round?"));
  }
  refuse_labels(
      str("found no finite temperature, expected ", labels,
          " that differ, and some that the model orders wrongly: give more rows, or harder ones"));
}

template <class T>
Calibration facts_of(std::span<const T> outcomes, const LogOdds& of,
                     std::span<const Origin> origins) {
  std::set<uint64_t> prompts;
  double log_loss = 0;
  for (size_t i = 0; i < outcomes.size(); ++i) {
    prompts.insert(origins[i].prompt);
    log_loss += log_loss_of(of, i, 1, 0) / static_cast<double>(outcomes.size());
  }
  return {.n = static_cast<int64_t>(outcomes.size()),
          .prompts = static_cast<int64_t>(prompts.size()),
          .log_loss = log_loss,
          .calibrated_log_loss = cross_fitted(outcomes, of, origins)};
}

template <class T>
CalibrationFit fit_line(std::span<const T> outcomes, std::span<const Origin> origins,
                        CalibrationLabels labels) {
  const bool pairs = labels == CalibrationLabels::pairs;
  const LogOdds of = log_odds_of(outcomes);
  const Metrics slopes = slope_metrics(outcomes);
  const MetricValues values = slopes.values(std::vector<double>(outcomes.size(), 1.0));
  const auto line = line_of(values, of.term);
  if (!line) refuse_slope(values, pairs ? "pairs" : "labels");
  CalibrationFit found{
      .calibration = facts_of(outcomes, of, origins), .temperature = {}, .shift = {}};
  found.calibration.labels = labels;
  found.calibration.temperature = 1 / line->slope;
  found.calibration.shift = line->shift;
  const Resampling resampling = choose_resampling(origins);
  found.unit = resampling.unit;
  const auto intervals = bootstrap(resampling, slopes.values);
  const auto& slope = intervals[0];
  if (slope && slope->low > 0) found.temperature = {1 / slope->high, 1 / slope->low};
  if (!pairs) found.shift = intervals[1];
  return found;
}

}  // namespace

// Differences do not change with what is subtracted, and their log loss neither.
Calibration rescaled(Calibration of, double subtracted, double divisor) {
  const bool pairs = of.labels == CalibrationLabels::pairs;
  if (divisor != 1 || (!pairs && subtracted != 0)) of.log_loss.reset();
  if (!pairs) of.shift += subtracted / of.temperature;
  of.temperature /= divisor;
  return of;
}

CalibrationFit fit_calibration(const SplitOutcomes& all) {
  if (all.pairs.size() > 0) {
    return fit_line(std::span<const PairOutcome>(all.pairs.values), all.pairs.origins,
                    CalibrationLabels::pairs);
  }
  if (all.lists.size() > 0)
    refuse_labels("found lists, expected pairs, or ratings that are all 0 or 1");
  if (all.cells.size() == 0) refuse_labels("found no labelled row, expected pairs or labels");
  const std::span<const Cell> labels = all.cells.values;
  for (const Cell& cell : labels) {
    if (cell.rating.score == 0 || cell.rating.score == 1) continue;
    refuse_labels(str("found the score ", cell.rating.score,
                      ", expected pairs, or ratings that are all 0 or 1: other scores have no "
                      "probability"));
  }
  return fit_line(labels, all.cells.origins, CalibrationLabels::labels);
}

}  // namespace laurel
