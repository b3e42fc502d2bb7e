// count_by group: until here each segment has the weight of its row.
#include "data/sources/segment_weights.h"

#include <algorithm>

namespace laurel {

void reweight_segments(Ratings& ratings) {
  const auto labelled =
      std::ranges::count_if(ratings.weight, [](float weight) { return weight > 0; });
  if (labelled == 0) return;  // a row of weight 0
  for (float& weight : ratings.weight) weight /= static_cast<float>(labelled);
}

}  // namespace laurel
