// Slices of an evaluation, those that cost the most first.
#pragma once

#include <optional>
#include <string>

#include "eval/report.h"

namespace laurel {

// What all rows lose by one slice: its share of the rows times how far its metric is worse than
// that of all; negative where it is better. Of a mean such as accuracy these add up to 0 over the
// slices of a field.
std::optional<double> harm(const Slice& slice, const MetricSet& all, const std::string& metric);

// The metric that slices are compared by: auc of labels, accuracy of pairs and lists, mse of
// ratings; "" where there is none of them.
std::string slice_metric(const MetricSet& all);

// A table for each field, as HTML. Slices that differ from all rows beyond chance are marked.
std::string slices_tables(const Evaluation& evaluation);

}  // namespace laurel
