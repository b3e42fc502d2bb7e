// Intervals that hold for several values at once, from the draws of a bootstrap.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "eval/estimate.h"
#include "eval/statistics.h"

namespace laurel {

// Standard deviation of a value over the draws in which it is defined; 0 where those are fewer than
// two, or than half of `draws`.
double deviation_of_draws(const std::vector<double>& values, size_t draws);

struct SimultaneousIntervals {
  double critical = 0;  // 95th percentile over the draws of the largest |t|; 0: none
  std::vector<std::optional<Interval>> intervals;  // by value; nullopt for one that is undefined
};

// value +- critical x standard error, where t of a value is (that of the draw - value) / standard
// error: the single-step max-t of Westfall and Young 1993 (Romano and Wolf 2005, doi
// 10.1198/016214504000000539). `draws` have a number for each value, `errors` too; a value of error 0
// does not vary and has no |t|. Without draws there are no intervals.
SimultaneousIntervals simultaneous_intervals(std::span<const std::optional<double>> values,
                                             std::span<const MetricValues> draws,
                                             std::span<const double> errors);

}  // namespace laurel
