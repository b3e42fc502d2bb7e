// Collects judgements row by row and pair by pair.
#include "data/judgements.h"

#include <numeric>

#include "data/tensor_of.h"

namespace laurel {

void Judgements::add(const Judgement& judgement, const std::vector<int64_t>& first_rows,
                     int64_t rows) {
  if (const auto* scores = std::get_if<Scores>(&judgement)) {
    add_scores(*scores, first_rows.front(), rows);
  } else {
    add_preference(std::get<Preference>(judgement), first_rows);
  }
}

void Judgements::add_scores(const Scores& scores, int64_t first_row, int64_t rows) {
  for (int64_t row = 0; row < rows; ++row) rows_.push_back(first_row + row);
  score_.insert(score_.end(), scores.score.begin(), scores.score.end());
  weight_.insert(weight_.end(), scores.weight.begin(), scores.weight.end());
}

void Judgements::add_preference(const Preference& preference,
                                const std::vector<int64_t>& first_rows) {
  better_.push_back(first_rows[preference.better]);
  worse_.push_back(first_rows[preference.worse]);
  margin_.push_back(preference.margin);
  target_.push_back(preference.target);
  weight_.push_back(preference.weight);
}

Judged Judgements::judged(SourceId source) const {
  Judged judged{.source = source,
                .labels = {},
                .weight_sum = std::accumulate(weight_.begin(), weight_.end(), 0.0)};
  if (!better_.empty()) {
    TORCH_INTERNAL_ASSERT(rows_.empty(), "a source has one kind of judgements");
    judged.labels = PairwiseLabels{.better = tensor_of(better_),
                                   .worse = tensor_of(worse_),
                                   .margin = tensor_of(margin_),
                                   .target = tensor_of(target_),
                                   .weight = tensor_of(weight_)};
    return judged;
  }
  const auto units = static_cast<int64_t>(rows_.size());
  const int64_t attributes = static_cast<int64_t>(score_.size()) / units;
  judged.labels = PointwiseLabels{.rows = tensor_of(rows_),
                                  .score = tensor_of(score_, {units, attributes}),
                                  .weight = tensor_of(weight_, {units, attributes})};
  return judged;
}

}  // namespace laurel
