// Baselines of segments: by index, and by being the last one.
#include "eval/segment_metrics.h"

#include <algorithm>
#include <array>
#include <vector>

namespace laurel {

namespace {

Metrics positions_of_labels(std::span<const SegmentPosition> outcomes, RankedValues indices) {
  std::vector<bool> positive, last;
  for (const SegmentPosition& o : outcomes) {
    positive.push_back(o.score == 1);
    last.push_back(o.last);
  }
  const auto values = [=, indices =
                              std::move(indices)](std::span<const double> weight) -> MetricValues {
    std::array<std::array<double, 2>, 2> count{};  // [is last][label]
    for (size_t i = 0; i < positive.size(); ++i) {
      count[last[i] ? 1 : 0][positive[i] ? 1 : 0] += weight[i];
    }
    double right = 0, total = 0;
    for (const auto& [zeros, ones] : count) {
      right += std::max(zeros, ones);
      total += zeros + ones;
    }
    return {area_under_roc(positive, indices, weight), ratio(right, total)};
  };
  return {{"position_auc", "last_rule"}, values};
}

}  // namespace

Metrics segment_position_metrics(std::span<const SegmentPosition> outcomes, bool labels) {
  std::vector<double> index, score;
  for (const SegmentPosition& o : outcomes) {
    index.push_back(o.index);
    score.push_back(o.score);
  }
  RankedValues indices(std::move(index));
  if (labels) return positions_of_labels(outcomes, std::move(indices));
  return {{"position_spearman"},
          [indices = std::move(indices), scores = RankedValues(std::move(score))](
              std::span<const double> weight) -> MetricValues {
            return {rank_correlation(indices, scores, weight)};
          }};
}

}  // namespace laurel
