// What an evaluation found, as a JSON line and as a table.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/json.h"
#include "eval/bootstrap.h"

namespace laurel {

// A value that is not defined on this set is nullopt: null in JSON, "-" in the table.
struct Metric {
  std::string name;
  std::optional<double> value, low, high;
};

// Metrics of the same outcomes, and what was drawn for their intervals.
struct MetricSet {
  int64_t n = 0;  // outcomes: pairs or ratings
  ResampleUnit unit = ResampleUnit::row;
  int64_t units = 0;
  std::vector<Metric> metrics;
};

struct Evaluation {
  std::string source;
  int64_t n = 0;                           // rows evaluated
  int64_t dropped = 0;                     // rows of the files that could not be
  std::map<std::string, int64_t> reasons;  // why, with counts
  MetricSet judged;                        // the rows as they were judged: pairs or ratings
  std::optional<MetricSet> pairs;          // of ratings: pairs of one prompt with different scores
  int64_t pairs_possible = 0;              // how many such pairs there are; `pairs` may be a sample
};

// {"kind":"eval","step":..,"time":..,"source":..,"n":..,"dropped":..,"unit":..,"units":..,
//  "metrics":{name:{"value":..,"low":..,"high":..}}}, and for ratings with pairs
// "pairs":{"n":..,"possible":..,"unit":..,"units":..}. time: Unix seconds.
Json evaluation_json(const Evaluation& evaluation, int64_t step, double time);

// Aligned lines: the coverage, then one metric a line with its interval.
std::string evaluation_table(std::span<const Evaluation> evaluations);

}  // namespace laurel
