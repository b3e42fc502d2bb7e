// Collects judgements row by row, pair by pair and list by list.
#include "data/judgements.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <numeric>

#include "data/tensor_of.h"

namespace laurel {

void Judgements::add(const Judgement& judgement, const std::vector<int64_t>& first_rows,
                     int64_t rows) {
  if (const auto* scores = std::get_if<Scores>(&judgement)) {
    add(*scores, first_rows.front(), rows);
  } else if (const auto* preferences = std::get_if<Preferences>(&judgement)) {
    add(*preferences, first_rows);
  } else {
    add(std::get<Ranking>(judgement), first_rows);
  }
}

void Judgements::add(const Scores& scores, int64_t first_row, int64_t rows) {
  if (scores.reads.empty()) {
    for (int64_t row = 0; row < rows; ++row) rows_.push_back(first_row + row);
  }
  for (const int32_t read : scores.reads) rows_.push_back(first_row + read);
  score_.insert(score_.end(), scores.score.begin(), scores.score.end());
  weight_.insert(weight_.end(), scores.weight.begin(), scores.weight.end());
}

void Judgements::add(const Preferences& preferences, const std::vector<int64_t>& first_rows) {
  for (const Preference& preference : preferences) {
    better_.push_back(first_rows[preference.better]);
    worse_.push_back(first_rows[preference.worse]);
    margin_.push_back(preference.margin);
    strength_.push_back(preference.strength);
    target_.push_back(preference.target);
    tie_.push_back(preference.tie);
    weight_.push_back(preference.weight);
  }
}

void Judgements::add(const Ranking& ranking, const std::vector<int64_t>& first_rows) {
  listed_.push_back(first_rows);
  lists_.push_back(ranking);
  weight_.push_back(ranking.weight);
}

PointwiseLabels Judgements::pointwise() const {
  const auto units = static_cast<int64_t>(rows_.size());
  const int64_t attributes = static_cast<int64_t>(score_.size()) / units;
  return {.rows = tensor_of(rows_),
          .score = tensor_of(score_, {units, attributes}),
          .weight = tensor_of(weight_, {units, attributes})};
}

PairwiseLabels Judgements::pairwise() const {
  return {.better = tensor_of(better_),
          .worse = tensor_of(worse_),
          .margin = tensor_of(margin_),
          .strength = tensor_of(strength_),
          .target = tensor_of(target_),
          .tie = tensor_of(tie_),
          .weight = tensor_of(weight_)};
}

RankedLabels Judgements::ranked() const {
  size_t longest = 0;
  for (const auto& rows : listed_) longest = std::max(longest, rows.size());
  std::vector<int64_t> rows, rank;
  std::vector<float> score;
  for (size_t list = 0; list < lists_.size(); ++list) {
    for (size_t k = 0; k < longest; ++k) {
      const bool ranked = k < listed_[list].size() && lists_[list].rank[k] >= 0;
      rows.push_back(ranked ? listed_[list][k] : 0);
      rank.push_back(ranked ? lists_[list].rank[k] : -1);
      score.push_back(ranked ? lists_[list].score[k] : 0);
    }
  }
  const auto lists = static_cast<int64_t>(lists_.size()), most = static_cast<int64_t>(longest);
  return {.rows = tensor_of(rows, {lists, most}),
          .rank = tensor_of(rank, {lists, most}),
          .score = tensor_of(score, {lists, most}),
          .weight = tensor_of(weight_)};
}

Judged Judgements::judged(SourceId source) const {
  const int kinds = !rows_.empty() + !better_.empty() + !lists_.empty();
  TORCH_INTERNAL_ASSERT(kinds == 1, "a source has one kind of judgements");
  Judged judged{.source = source,
                .labels = {},
                .weight_sum = std::accumulate(weight_.begin(), weight_.end(), 0.0)};
  if (!rows_.empty()) {
    judged.labels = pointwise();
  } else if (!better_.empty()) {
    judged.labels = pairwise();
  } else {
    judged.labels = ranked();
  }
  return judged;
}

}  // namespace laurel
