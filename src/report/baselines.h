// What a model that knows nothing would have: the metrics of a set that others are read against.
#pragma once

#include <array>

namespace laurel {

struct MetricAndBaseline {
  const char *metric, *baseline, *meaning;
};

// The first whose two values a set has: of labels, of pairs and lists, of ratings.
inline constexpr std::array kBaselines{
    MetricAndBaseline{"accuracy", "majority", "the more frequent label"},
    MetricAndBaseline{"accuracy", "longer_wins", "the longer answer"},
    MetricAndBaseline{"mse", "mse_of_mean", "the mean score for all"},
};

}  // namespace laurel
