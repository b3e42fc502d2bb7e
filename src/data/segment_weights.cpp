// Weights are those of the row until here.
#include "data/segment_weights.h"

#include <algorithm>

namespace laurel {

void weigh_segments(std::vector<LoadedRow>& rows, const SourceOptions& options) {
  if (options.format != Format::segments || options.count_by != CountBy::group) return;
  for (LoadedRow& row : rows) {
    if (row.outcome != Outcome::used) continue;
    std::vector<float>& weights = std::get<Scores>(row.group.judgement).weight;
    const auto judged = std::ranges::count_if(weights, [](float weight) { return weight > 0; });
    if (judged == 0) continue;  // a row of weight 0
    for (float& weight : weights) weight /= static_cast<float>(judged);
  }
}

}  // namespace laurel
