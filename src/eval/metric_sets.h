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
};

bool are_labels(const Outcomes<Cell>& cells);

// Of outcomes, of which there are some: metrics of which the first is the first of the headline.
Metrics headline_metrics(const SplitOutcomes& all, const SetOptions& options);

// Of all outcomes; nullopt if there are none. With several attributes: the means over them.
std::optional<MetricSet> main_set(const SplitOutcomes& all, const SetOptions& options);

// What else the outcomes say: how well pairs and labels are calibrated, what length does to pairs,
// each attribute, pairs of ratings of one prompt, stated deviations, whole responses, and the last
// segments.
std::vector<MetricSet> other_sets(const SplitOutcomes& all, const SetOptions& options);

}  // namespace laurel
