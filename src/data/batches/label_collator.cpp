// Collates ratings, pairs and lists.
#include "data/batches/label_collator.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <numeric>

#include "data/batches/tensor_of.h"

namespace laurel {

void LabelCollator::add(const Label& label, const std::vector<int64_t>& first_positions,
                        int64_t positions) {
  if (const auto* scores = std::get_if<Ratings>(&label)) {
    add(*scores, first_positions.front(), positions);
  } else if (const auto* preferences = std::get_if<Preferences>(&label)) {
    add(*preferences, first_positions);
  } else {
    add(std::get<Ranking>(label), first_positions);
  }
}

void LabelCollator::add(const Ratings& scores, int64_t first_position, int64_t positions) {
  if (scores.positions.empty()) {
    for (int64_t i = 0; i < positions; ++i) positions_.push_back(first_position + i);
  }
  for (const int32_t i : scores.positions) positions_.push_back(first_position + i);
  score_.insert(score_.end(), scores.score.begin(), scores.score.end());
  weight_.insert(weight_.end(), scores.weight.begin(), scores.weight.end());
}

void LabelCollator::add(const Preferences& preferences,
                        const std::vector<int64_t>& first_positions) {
  const auto append = [&]<class T>(const char*, const T& field, auto& column) {
    if constexpr (std::is_same_v<T, int32_t>) {
      column.push_back(first_positions[field]);
    } else {
      column.push_back(field);
    }
  };
  for (const Preference& preference : preferences) {
    Preference::walk(append, preference, pairs_);
    weight_.push_back(preference.weight);
  }
}

void LabelCollator::add(const Ranking& ranking, const std::vector<int64_t>& first_positions) {
  listed_.push_back(first_positions);
  lists_.push_back(ranking);
  weight_.push_back(ranking.weight);
}

PointwiseLabels LabelCollator::pointwise() const {
  const auto terms = static_cast<int64_t>(positions_.size());
  const int64_t attributes = static_cast<int64_t>(score_.size()) / terms;
  return {.positions = tensor_of(positions_),
          .score = tensor_of(score_, {terms, attributes}),
          .weight = tensor_of(weight_, {terms, attributes})};
}

PairwiseLabels LabelCollator::pairwise() const {
  PairwiseLabels labels;
  const auto collate = [](const char*, const auto& column, at::Tensor& tensor) {
    tensor = tensor_of(column);
  };
  Preference::walk(collate, pairs_, labels);
  return labels;
}

RankedLabels LabelCollator::ranked() const {
  size_t longest = 0;
  for (const auto& list : listed_) longest = std::max(longest, list.size());
  std::vector<int64_t> positions, rank;
  std::vector<float> score;
  for (size_t list = 0; list < lists_.size(); ++list) {
    for (size_t k = 0; k < longest; ++k) {
      const bool ranked = k < listed_[list].size() && lists_[list].rank[k] >= 0;
      positions.push_back(ranked ? listed_[list][k] : 0);
      rank.push_back(ranked ? lists_[list].rank[k] : -1);
      score.push_back(ranked ? lists_[list].score[k] : 0);
    }
  }
  const auto lists = static_cast<int64_t>(lists_.size()), most = static_cast<int64_t>(longest);
  return {.positions = tensor_of(positions, {lists, most}),
          .rank = tensor_of(rank, {lists, most}),
          .score = tensor_of(score, {lists, most}),
          .weight = tensor_of(weight_)};
}

SourceLabels LabelCollator::collate(SourceId source) const {
  const int kinds = !positions_.empty() + !pairs_.better.empty() + !lists_.empty();
  TORCH_INTERNAL_ASSERT(kinds == 1, "a source has one kind of labels");
  SourceLabels collated{.source = source,
                        .labels = {},
                        .weight_sum = std::accumulate(weight_.begin(), weight_.end(), 0.0)};
  if (!positions_.empty()) {
    collated.labels = pointwise();
  } else if (!pairs_.better.empty()) {
    collated.labels = pairwise();
  } else {
    collated.labels = ranked();
  }
  return collated;
}

}  // namespace laurel
