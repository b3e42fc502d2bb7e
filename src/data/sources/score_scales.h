// Ranges and moments of scores; sources, and files of a source, whose scores stand for one output and
// differ in scale.
#pragma once

#include <limits>
#include <span>
#include <string>
#include <vector>

#include "data/records/annotator_scores.h"
#include "data/sources/source.h"

namespace laurel {

struct ScoreTally {
  std::string name;  // "source helpful"; "a.jsonl"
  float least = std::numeric_limits<float>::infinity(), largest = -least;
  RunningMoments moments;

  void add(float score);
  void add(const ScoreTally& other);
};

// By attribute (one without a name where there are none), then by file: those of the training rows, or
// of the evaluation rows where there are no others. Reads all labels. Empty, and read from nothing, for
// pairs and lists, which have no scores, and for sources that score_scaling brings to one scale.
using ScoreTallies = std::vector<std::vector<ScoreTally>>;
ScoreTallies score_tallies(const SourceData& source);

// A sentence for an output where two of them differ: one's scores span at least four times those of
// the other, or all of one's lie beyond the other's. `tallies`: of each source.
std::vector<std::string> scale_warnings(std::span<const SourceData> sources,
                                        std::span<const ScoreTallies> tallies);

}  // namespace laurel
