// Several models on the same labelled rows: each one's metrics, and how the others differ from the
// first, under the same draws of the bootstrap.
//
// What differs "beyond chance" is said of one metric alone, and by intervals that hold for all
// models, or for all slices and models, at once (simultaneous.h): the best of several models, and
// the largest of many differences, look better than they are.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "eval/common_rows.h"
#include "eval/estimate.h"
#include "eval/flips.h"
#include "eval/metric_sets.h"
#include "eval/slices.h"

namespace laurel {

// By model. Differences are of this model less the first, whose own are undefined.
struct MetricComparison {
  std::string name;
  std::vector<Estimate> values = {}, differences = {};
};

// Metrics of the same outcomes.
struct SetComparison {
  std::string name, title;  // as of a MetricSet
  int64_t n = 0;
  int64_t possible = 0;
  ResampleUnit unit = ResampleUnit::row;
  int64_t units = 0;
  std::vector<MetricComparison> metrics = {};
  std::vector<FlipCounts> flips = {};  // by model; empty: nothing is right or wrong
};

// Of a slice, by model: the compared metric, and its differences from the first model's, with
// intervals for all slices and models at once. Slices that are not large (slice_comparison.h) have none.
struct SliceOfModels {
  std::string value;
  int64_t n = 0;
  std::vector<Estimate> values = {}, differences = {};
};

struct SliceFieldOfModels {
  std::string name;
  std::vector<SliceOfModels> slices = {};  // by falling number of groups
  int64_t left_out = 0;
};

struct ModelComparison {
  std::vector<std::string> models;
  std::vector<SetComparison> sets;    // the first is of all outcomes; pairs that ratings imply
  std::string metric;                 // of the first set, that is compared beyond chance
  std::vector<Estimate> differences;  // of it, by model, with intervals for all models at once
  std::vector<SliceFieldOfModels> slices;
  int64_t slices_compared = 0;  // that are large (slice_comparison.h)
};

struct ComparisonOptions {
  SetOptions set;               // of all models
  std::string metric = {};      // to be compared beyond chance; empty: the first of the headline
  bool label_threshold = true;  // of labels: predictions are probabilities of 1
  BootstrapOptions bootstrap = {};
};

// Of the main set of such outcomes: those that have intervals.
std::vector<std::string> compared_metrics(const SplitOutcomes& outcomes, const SetOptions& options);

// Of two models at least, with the same rows (keep_common_rows). With two the interval of
// `differences` is that of the metric's line.
ModelComparison compare_models(std::span<const ComparedModel> models,
                               std::span<const SliceField> slices,
                               const ComparisonOptions& options);

}  // namespace laurel
