// Collates the labels of one source in one micro-batch into tensors.
#pragma once

#include <cstdint>
#include <vector>

#include "data/batch.h"
#include "data/group.h"

namespace laurel {

class LabelCollator {
 public:
  // Adds the label of a group of `positions` positions; those of response i begin at
  // first_positions[i].
  void add(const Label& label, const std::vector<int64_t>& first_positions, int64_t positions);

  SourceLabels collate(SourceId source) const;

 private:
  void add(const Ratings& scores, int64_t first_position, int64_t positions);
  void add(const Preferences& preferences, const std::vector<int64_t>& first_positions);
  void add(const Ranking& ranking, const std::vector<int64_t>& first_positions);
  PointwiseLabels pointwise() const;
  PairwiseLabels pairwise() const;
  RankedLabels ranked() const;

  PreferenceOf<std::vector<int64_t>, std::vector<float>> pairs_;
  std::vector<int64_t> positions_;  // of ratings
  std::vector<float> score_;
  std::vector<std::vector<int64_t>> listed_;  // positions of each list
  std::vector<Ranking> lists_;
  std::vector<float> weight_;
};

}  // namespace laurel
