// Means of rows by the part of a benchmark that each belongs to.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "eval/statistics.h"

namespace laurel {

// By row: its part, and what counts of it, from 0 to 1.
struct RowValues {
  std::vector<size_t> part;
  std::vector<double> value;

  void add(size_t of_part, double of_value) {
    part.push_back(of_part);
    value.push_back(of_value);
  }
};

// The mean value of each of `parts` parts; undefined for one without rows.
MetricValues means_by_part(const RowValues& rows, size_t parts, std::span<const double> weight);

// Of values that are all defined, of which there are some.
std::optional<double> mean_of(std::span<const std::optional<double>> values);

// The means of those parts that have rows, by their names.
Metrics part_metrics(const std::vector<std::string>& names, const RowValues& rows);

}  // namespace laurel
