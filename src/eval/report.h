// What an evaluation found, as a JSON line and as a table.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "eval/best_of_n.h"
#include "eval/bootstrap.h"
#include "eval/stability.h"

namespace laurel {

// A value that is not defined on this set is nullopt: null in JSON, "-" in the table.
struct Metric {
  std::string name;
  std::optional<double> value, low, high;
};

// Four decimals; five digits where those would say nothing or too much; "-" where undefined.
std::string format_number(const std::optional<double>& value);

// "0.7000 (0.6000 to 0.8000)"; the number alone where it has no interval.
std::string with_interval(const std::optional<double>& value, const std::optional<double>& low,
                          const std::optional<double>& high);

// Whether a model is better with a larger value; nullopt for what does not order models: baselines,
// properties of the data, unknown names.
std::optional<bool> larger_is_better(const std::string& metric);

// Metrics of the same outcomes, and what was drawn for their intervals.
struct MetricSet {
  std::string name;   // its key in JSON
  std::string title;  // what the outcomes are: "1500 pairs"
  int64_t n = 0;
  int64_t possible = 0;  // of which n are a sample; n if they are all
  ResampleUnit unit = ResampleUnit::row;
  int64_t units = 0;
  std::vector<std::string> headline = {};  // the metrics of a slice's line
  std::vector<Metric> metrics = {};
};

// nullptr: the set has no such metric.
inline const Metric* find_metric(const MetricSet& set, std::string_view name) {
  for (const Metric& metric : set.metrics) {
    if (metric.name == name) return &metric;
  }
  return nullptr;
}

inline std::optional<double> value_of(const MetricSet& set, std::string_view name) {
  const Metric* metric = find_metric(set, name);
  return metric ? metric->value : std::nullopt;
}

// The rows of a split with the same value of a field.
struct Slice {
  std::string value;
  MetricSet set;
  std::optional<double> shrunken = {};  // the headline's first metric, drawn towards the total
};

struct SliceTable {
  std::string field;
  std::vector<Slice> slices;  // by falling n
  int64_t left_out = 0;       // more values, each with fewer rows
};

// A slice whose metric differs from the total beyond chance: slice - total, with an interval that
// holds for all compared slices at once.
struct SliceDifference {
  std::string field, value;
  double difference, low, high;
};

struct SliceComparison {
  std::string metric;                        // the first of the headline
  int64_t compared = 0;                      // slices that are large enough
  std::vector<SliceDifference> differ = {};  // the worst first
};

// Slices of fewer rows, or of fewer units of the bootstrap (prompts, say), are shown and not compared.
inline constexpr int64_t kMinSliceRows = 30, kMinSliceUnits = 20;

// "no slice has 30 rows and 20 units of the intervals to be compared"
std::string no_large_slice();

// "1000 draws of 138 responses", that intervals are of; "none, of 1 row".
std::string draws_text(int64_t units, const std::string& unit);

// "; fewer than 30, so they are too narrow", or what else the intervals leave out, by the rule of
// choose_resampling(); "" where that is nothing.
std::string interval_warning(ResampleUnit unit, int64_t units);

// Of all rewards of a split that labels compare: of pairs and lists the combined one, of ratings
// each attribute's. The deviation divides by their number.
struct RewardMoments {
  double mean = 0, deviation = 0;
};

struct Evaluation {
  std::string source;
  int64_t n = 0;                              // rows evaluated
  int64_t dropped = 0;                        // rows of the files that could not be
  std::map<std::string, int64_t> reasons;     // why, with counts
  std::optional<RewardMoments> rewards = {};  // none without rows
  int64_t unlabelled = 0;                     // cells (row x attribute) of rows evaluated
  std::vector<MetricSet> sets;  // the first is of all that was labelled; empty if nothing was
  std::vector<SliceTable> slices;
  std::optional<SliceComparison> comparison = {};  // where there are slices
  std::optional<BestOfN> best_of_n = {};           // where it was asked for, as the next
  std::optional<Stability> stability = {};
  std::string weights = {};  // that rewards were computed with, "fp32"; empty: not said
};

// {"kind":"eval","step":..,"time":..,"source":..,"n":..,"dropped":..,"unit":..,"units":..,
//  "metrics":{name:{"value":..,"low":..,"high":..}}}: the metrics of the first set. The others, and
// slices, and "weights", are there where they exist:
// "sets":{name:{"n":..,"unit":..,"units":..,"metrics":..}},
// "slices":{field:{value:{"n":..,..,"shrunken":..}}}, "slices_compared":..,
// "slices_that_differ":[{"field":..,"value":..,"difference":..,"low":..,"high":..}]. "outcomes": of the
// first set, where a row has several or none. "best_of_n": best_of_n.h. "stability":
// stability.h. time: Unix seconds.
Json evaluation_json(const Evaluation& evaluation, int64_t step, double time);

// Aligned lines: the coverage, then one metric a line with its interval, then a line a slice.
std::string evaluation_table(std::span<const Evaluation> evaluations);

}  // namespace laurel
