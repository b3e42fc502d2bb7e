// From outcomes to metrics with intervals.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "eval/calibration_fit.h"
#include "eval/outcomes.h"
#include "eval/report.h"

namespace laurel {

struct SetOptions {
  std::vector<std::string> attributes;  // of cells; empty: one without a name
  Reduction reduction = Reduction::mean;
  bool labels = false;                          // all scores of the split are 0 or 1
  std::optional<Calibration> calibration = {};  // of the reward, that the model has stored
  std::vector<std::string> covariates = {};     // names: Split::covariates
};

bool are_labels(const Outcomes<Cell>& cells);

// What the outcomes are: "1500 pairs"; and the metrics of a slice's line.
std::string title_of(const SplitOutcomes& all, const SetOptions& options);
std::vector<std::string> headline_of(const SplitOutcomes& all, const SetOptions& options);

// Pairs that ratings of one prompt imply, by scores that differ: all of `possible`, or a sample.
struct ImpliedPairs {
  Outcomes<PairOutcome> pairs = {};
  int64_t possible = 0;
  std::string title = {};
};

// nullopt where there are none: also of segments and of several attributes. The same ones for any
// rewards of the same labels.
std::optional<ImpliedPairs> implied_pairs(const SplitOutcomes& all, const SetOptions& options);

// Of outcomes, of which there are some: metrics of which the first is the first of the headline.
Metrics headline_metrics(const SplitOutcomes& all, const SetOptions& options);

// Of all outcomes; nullopt if there are none. With several attributes: the means over them.
std::optional<MetricSet> main_set(const SplitOutcomes& all, const SetOptions& options);

// What else the outcomes say: how well pairs and labels are calibrated, what length and the order in
// which answers were shown do to pairs, each attribute, pairs of ratings of one prompt, stated
// deviations, whole responses, and the last segments.
std::vector<MetricSet> other_sets(const SplitOutcomes& all, const SetOptions& options);

}  // namespace laurel
