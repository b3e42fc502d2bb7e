// The largest |t| of each draw, and what it says of every value.
#include "eval/simultaneous.h"

#include <algorithm>
#include <cmath>

#include "eval/bootstrap.h"

namespace laurel {

constexpr double kSimultaneous = 0.95;

double deviation_of_draws(const std::vector<double>& values, size_t draws) {
  if (values.size() < 2 || 2 * values.size() < draws) return 0;
  double mean = 0, square = 0;
  for (const double value : values) mean += value / static_cast<double>(values.size());
  for (const double value : values) square += (value - mean) * (value - mean);
  return std::sqrt(square / static_cast<double>(values.size() - 1));
}

SimultaneousIntervals simultaneous_intervals(std::span<const std::optional<double>> values,
                                             std::span<const MetricValues> draws,
                                             std::span<const double> errors) {
  SimultaneousIntervals found{.intervals = std::vector<std::optional<Interval>>(values.size())};
  if (draws.empty()) return found;
  std::vector<double> largest;
  for (const MetricValues& draw : draws) {
    double most = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      if (errors[i] == 0 || !values[i] || !draw[i]) continue;
      most = std::max(most, std::abs(*draw[i] - *values[i]) / errors[i]);
    }
    largest.push_back(most);
  }
  std::sort(largest.begin(), largest.end());
  found.critical = quantile(largest, kSimultaneous);
  for (size_t i = 0; i < values.size(); ++i) {
    if (!values[i]) continue;
    const double reach = found.critical * errors[i];
    found.intervals[i] = {*values[i] - reach, *values[i] + reach};
  }
  return found;
}

}  // namespace laurel
