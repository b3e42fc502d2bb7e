// count_by group: until here each segment has the weight of its row.
#include "data/sources/segment_weights.h"

#include <algorithm>

namespace laurel {

void reweight_segments(std::vector<LoadedRow>& rows, const SourceOptions& options) {
  const bool in_segments = std::holds_alternative<SegmentsFormat>(options.format);
  if (!in_segments || options.count_by != CountBy::group) return;
  for (LoadedRow& row : rows) {
    if (row.outcome != Outcome::used) continue;
    std::vector<float>& weights = std::get<Ratings>(row.group.label).weight;
    const auto labelled = std::ranges::count_if(weights, [](float weight) { return weight > 0; });
    if (labelled == 0) continue;  // a row of weight 0
    for (float& weight : weights) weight /= static_cast<float>(labelled);
  }
}

}  // namespace laurel
