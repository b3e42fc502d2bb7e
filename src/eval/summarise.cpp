// Values of the whole set, and percentiles of its draws.
#include "eval/summarise.h"

#include <cmath>
#include <utility>

namespace laurel {

MetricSet summarise(std::string name, std::string title, const Metrics& metrics,
                    std::span<const Origin> origins) {
  const MetricValues values = metrics.values(std::vector<double>(origins.size(), 1.0));
  const Resampling resampling = choose_resampling(origins);
  const auto intervals = bootstrap(resampling, metrics.values);
  const auto n = static_cast<int64_t>(origins.size());
  MetricSet set{.name = std::move(name),
                .title = std::move(title),
                .n = n,
                .possible = n,
                .unit = resampling.unit,
                .units = resampling.units};
  for (size_t k = 0; k < values.size(); ++k) {
    const Estimate of = estimate_of(values[k], intervals[k]);
    set.metrics.push_back(
        {.name = metrics.names[k], .value = of.value, .low = of.low, .high = of.high});
  }
  return set;
}

RewardMoments reward_moments(const std::vector<double>& rewards) {
  const auto n = static_cast<double>(rewards.size());
  double sum = 0, squares = 0;
  for (const double reward : rewards) sum += reward;
  const double mean = sum / n;
  for (const double reward : rewards) squares += (reward - mean) * (reward - mean);
  return {mean, std::sqrt(squares / n)};
}

}  // namespace laurel
