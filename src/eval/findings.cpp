// Reads intervals: of the calibration, length and position sets, and of the comparison of slices.
#include "eval/findings.h"

#include <algorithm>

#include "core/str.h"
#include "eval/calibration_sets.h"
#include "eval/covariate_sets.h"
#include "eval/estimate.h"
#include "eval/table_lines.h"

namespace laurel {

namespace {

std::string metric_text(const Metric& metric) {
  return with_interval(metric.value, metric.low, metric.high);
}

// nullptr: it has no interval, or is not there.
const Metric* with_known_interval(const MetricSet& set, const char* name) {
  const Metric* const found = find_metric(set, name);
  return found && found->value && found->low && found->high ? found : nullptr;
}

// Of differences of rewards, read as log-odds.
std::string slope_text(const Metric& slope, bool calibrated) {
  const std::string number = str("; slope ", metric_text(slope));
  if (*slope.high < 0) return str("the rewards are wrong more often than right", number);
  if (*slope.low <= 0)
    return str("differences of rewards say little of what people prefer", number);
  return str(
      "as log-odds, differences of rewards are too ", *slope.high < 1 ? "large" : "small", number,
      calibrated ? ", the stored temperature is not that of these rows; `laurel calibrate` on rows "
                   "like these fits another"
                 : ", `laurel calibrate` stores a temperature");
}

// Sets of attributes are named "NAME/calibration".
void add_calibration(const MetricSet& set, Findings& out) {
  if (!set.name.ends_with("calibration") && set.name != kCalibratedSet) return;
  const Metric* const band = with_known_interval(set, "calibration_mse_if_calibrated");
  if (find_metric(set, "intercept")) {
    const auto error = value_of(set, "calibration_mse");
    if (!band || !error) return;
    out.tested.push_back(set.name);
    if (*error <= *band->high) return;
    out.found.push_back(str(
        set.name, ": predictions are further from the labels than chance makes ",
        "them; calibration_mse ", format_number(error), ", if calibrated ", metric_text(*band)));
    return;
  }
  const Metric* const slope = with_known_interval(set, "slope");
  if (!slope) return;
  out.tested.push_back(set.name);
  if (!excludes_0(*slope->low - 1, *slope->high - 1, 1)) return;
  out.found.push_back(str(set.name, ": ", slope_text(*slope, set.name == kCalibratedSet)));
}

// The coefficient of length or of a covariate, beyond the reward. `more`, `less`: the answers that
// people prefer where it is above 0, or below.
void add_coefficient(const std::string& property, const char* more, const char* less,
                     const Metric& b, Findings& out) {
  out.tested.push_back(property);
  if (!excludes_0(*b.low, *b.high)) return;
  const bool above = *b.low > 0;
  out.found.push_back(str(property, ": at equal rewards people prefer the ", above ? more : less,
                          ", so rewards count ", property, " for ", above ? "less" : "more",
                          " than people do; ", b.name, " ", metric_text(b)));
}

void add_length(const MetricSet& set, Findings& out) {
  const Metric* const b = with_known_interval(set, "length_coefficient");
  if (b) add_coefficient("length", "longer answer", "shorter answer", *b, out);
}

void add_covariate(const MetricSet& set, Findings& out) {
  if (!set.name.starts_with(kCovariateSet)) return;
  const bool several = find_metric(set, kCoefficientAtOnce) != nullptr;
  const Metric* const b =
      with_known_interval(set, several ? kCoefficientAtOnce : "covariate_coefficient");
  if (!b) return;
  const std::string name = shortened_name(set.name.substr(kCovariateSet.size()));
  add_coefficient("covariate " + name, "answer with more of it", "answer with less of it", *b, out);
}

void add_position(const MetricSet& set, Findings& out) {
  const Metric* const c = with_known_interval(set, "first_coefficient");
  const Metric* const wins = find_metric(set, "first_wins");
  if (!c || !wins) return;
  out.tested.push_back("position");
  if (!excludes_0(*c->low, *c->high)) return;
  out.found.push_back(str("position: at equal rewards people prefer the ",
                          *c->low > 0 ? "first" : "second",
                          " of the two answers that they are shown; first_coefficient ",
                          metric_text(*c), ", first_wins ", metric_text(*wins)));
}

void add_worse_slices(const SliceComparison& comparison, Findings& out) {
  if (comparison.compared > 0) out.tested.push_back(count_text(comparison.compared, "slice"));
  const bool larger = larger_is_better(comparison.metric).value_or(true);
  for (const auto& [field, value, difference, low, high] : comparison.differ) {
    if ((difference > 0) == larger) continue;
    out.found.push_back(str("slice ", shortened_name(str(field, " ", value)),
                            ": worse than all rows, ", comparison.metric, " differs by ",
                            with_interval(difference, low, high)));
  }
}

}  // namespace

Findings findings(const Evaluation& evaluation) {
  Findings out;
  // Of a model with a calibration, it is that which has to hold.
  const bool stored = std::ranges::count(evaluation.sets, kCalibratedSet, &MetricSet::name) > 0;
  for (const MetricSet& set : evaluation.sets) {
    if (set.units < kMinUnits) continue;
    if (!stored || set.name != "calibration") add_calibration(set, out);
    add_length(set, out);
    add_covariate(set, out);
    add_position(set, out);
  }
  const bool enough = !evaluation.sets.empty() && evaluation.sets.front().units >= kMinUnits;
  if (enough && evaluation.comparison) add_worse_slices(*evaluation.comparison, out);
  return out;
}

}  // namespace laurel
