// Logistic regressions of labels on rewards.
#include "eval/slope.h"

#include "eval/logistic.h"

namespace laurel {

Metrics slope_metrics(std::span<const PairOutcome> pairs) {
  LogisticData<1> data;
  for (const PairOutcome& o : pairs) {
    data.x.push_back({o.better - o.worse});
    data.target.push_back(o.target);
  }
  const auto values = [draws = LogisticDraws(std::move(data))](std::span<const double> weight) {
    const std::optional<int> endless = direction_without_end(draws.data(), weight);
    if (endless == 1) return MetricValues{std::nullopt, 0.0};
    if (endless != 0) return MetricValues{std::nullopt, std::nullopt};
    const auto fit = draws.fit(weight);
    if (!fit) return MetricValues{std::nullopt, std::nullopt};
    const double slope = (*fit)[0];
    return MetricValues{slope, slope > 0 ? std::optional(1 / slope) : std::nullopt};
  };
  return {{"slope", "temperature"}, values};
}

Metrics slope_metrics(std::span<const Cell> labels) {
  LogisticData<2> data;
  for (const Cell& cell : labels) {
    data.x.push_back({cell.reward, 1});
    data.target.push_back(cell.rating.score);
  }
  const auto values = [draws = LogisticDraws(std::move(data))](std::span<const double> weight) {
    const auto fit = draws.fit(weight);
    if (!fit) return MetricValues{std::nullopt, std::nullopt};
    return MetricValues{(*fit)[0], (*fit)[1]};
  };
  return {{"slope", "intercept"}, values};
}

}  // namespace laurel
