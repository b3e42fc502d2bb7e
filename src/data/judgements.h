// The judgements of one source in one micro-batch, before they are tensors.
#pragma once

#include <cstdint>
#include <vector>

#include "data/batch.h"
#include "data/group.h"

namespace laurel {

class Judgements {
 public:
  // Of a group whose response i has its first row at first_rows[i], `rows` rows in all.
  void add(const Judgement& judgement, const std::vector<int64_t>& first_rows, int64_t rows);

  Judged judged(SourceId source) const;

 private:
  void add(const Scores& scores, int64_t first_row, int64_t rows);
  void add(const Preferences& preferences, const std::vector<int64_t>& first_rows);
  void add(const Ranking& ranking, const std::vector<int64_t>& first_rows);
  PointwiseLabels pointwise() const;
  PairwiseLabels pairwise() const;
  RankedLabels ranked() const;

  std::vector<int64_t> better_, worse_;
  std::vector<float> margin_, strength_, target_, tie_;
  std::vector<int64_t> rows_;  // of ratings
  std::vector<float> score_;
  std::vector<std::vector<int64_t>> listed_;  // rows of each list
  std::vector<Ranking> lists_;
  std::vector<float> weight_;
};

}  // namespace laurel
