// What the place of a segment alone says about its score: the baselines of segments.
#pragma once

#include <cstdint>
#include <span>

#include "eval/statistics.h"

namespace laurel {

struct SegmentPosition {
  double score;
  int32_t index;  // of the segment in its response, from 0
  bool last;      // the last labelled one of its response
};

// Of labels, which are 0 or 1: position_auc, of 1 by index, and last_rule, the accuracy of the
// best rule that sees only whether a segment is the last. Of others: position_spearman.
Metrics segment_position_metrics(std::span<const SegmentPosition> outcomes, bool labels);

}  // namespace laurel
