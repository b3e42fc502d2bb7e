// Walks the labels of groups together with the rewards of their responses.
#include "eval/outcomes.h"

#include <c10/util/Exception.h>

#include <cmath>
#include <utility>

#include "data/sources/loaded_row.h"

namespace laurel {

namespace {

class OutcomeCollector {
 public:
  OutcomeCollector(const Split& split, const Predictions& predictions)
      : split_(split), predictions_(predictions) {}

  void add(int64_t group) {
    LoadedRow row = split_.groups.row(static_cast<size_t>(group));
    group_ = std::move(row.group);
    stats_ = std::move(row.stats);
    presented_order_ = row.presented_order;
    index_ = group;
    first_position_ = predictions_.first_position[group];
    if (const auto* scores = std::get_if<Ratings>(&group_.label)) return add(*scores);
    if (const auto* ranking = std::get_if<Ranking>(&group_.label)) return add(*ranking);
    add(std::get<Preferences>(group_.label));
  }

  SplitOutcomes outcomes;

 private:
  void add(const Preferences& preferences);
  void add(const Ranking& ranking);
  void add(const Ratings& scores);
  void add_response(const Ratings& scores, int32_t response, int64_t first_cell);
  Cell cell(const Ratings& scores, int64_t cell, int64_t row, int64_t attribute) const;

  // Of a response that has one row.
  double combined(int32_t response) const {
    TORCH_INTERNAL_ASSERT(group_.responses[response].positions.size() == 1, "one row a response");
    return predictions_.combined[first_position_ + response];
  }

  const Split& split_;
  const Predictions& predictions_;
  Group group_;
  std::vector<ResponseStats> stats_;
  bool presented_order_ = false;
  int64_t index_ = 0;  // of the group in the split
  int64_t first_position_ = 0;
};

void OutcomeCollector::add(const Preferences& preferences) {
  bool any = false;
  for (const Preference& p : preferences) {
    if (p.weight == 0) continue;
    any = true;
    double target = static_cast<double>(p.target) + static_cast<double>(p.tie) / 2;
    if (std::abs(target - 0.5) < kNoWinner) target = 0.5;
    const bool swap = target < 0.5;
    const int32_t better = swap ? p.worse : p.better, worse = swap ? p.better : p.worse;
    outcomes.pairs.add(
        {.better = combined(better),
         .worse = combined(worse),
         .better_length = stats_[better].answer_length,
         .worse_length = stats_[worse].answer_length,
         .target = swap ? 1 - target : target,
         .better_first = presented_order_ ? std::optional(better == 0) : std::nullopt,
         .covariates = difference(stats_[better].covariates, stats_[worse].covariates)},
        {.prompt = group_.prompt_hash,
         .responses = {stats_[better].hash, stats_[worse].hash},
         .group = index_});
  }
  outcomes.unlabelled_groups += !any;
}

void OutcomeCollector::add(const Ranking& ranking) {
  if (ranking.weight == 0) {
    ++outcomes.unlabelled_groups;
    return;
  }
  ListOutcome list;
  for (size_t i = 0; i < ranking.rank.size(); ++i) {
    if (ranking.rank[i] < 0) continue;
    list.reward.push_back(combined(static_cast<int32_t>(i)));
    list.rank.push_back(ranking.rank[i]);
    list.score.push_back(ranking.score[i]);
    list.length.push_back(stats_[i].answer_length);
    if (!stats_[i].covariates.empty()) list.covariates.push_back(stats_[i].covariates);
  }
  if (!has_order(list)) {
    ++outcomes.tied_groups;
    return;
  }
  outcomes.lists.add(
      std::move(list),
      {.prompt = group_.prompt_hash, .responses = {group_.id, group_.id}, .group = index_});
}

void OutcomeCollector::add(const Ratings& scores) {
  TORCH_INTERNAL_ASSERT(scores.positions.empty(), "annotators of evaluation rows are gathered");
  const int64_t before = outcomes.cells.size();
  int64_t cell = 0;
  for (size_t i = 0; i < group_.responses.size(); ++i) {
    const auto rows = static_cast<int64_t>(group_.responses[i].positions.size());
    outcomes.segments |= rows > 1;
    add_response(scores, static_cast<int32_t>(i), cell);
    cell += rows * predictions_.attributes;
    first_position_ += rows;
  }
  TORCH_INTERNAL_ASSERT(cell == static_cast<int64_t>(scores.score.size()), "one score a cell");
  const int64_t labelled = outcomes.cells.size() - before;
  if (labelled == 0) {
    ++outcomes.unlabelled_groups;
  } else {
    outcomes.unlabelled_cells += cell - labelled;
  }
}

// Row 0 of the response is first_position_.
void OutcomeCollector::add_response(const Ratings& scores, int32_t response, int64_t first_cell) {
  const int64_t attributes = predictions_.attributes;
  const auto rows = static_cast<int64_t>(group_.responses[response].positions.size());
  const uint64_t key = stats_[response].hash;
  for (int64_t attribute = 0; attribute < attributes; ++attribute) {
    Cell* last = nullptr;
    for (int64_t row = 0; row < rows; ++row) {
      const int64_t at = first_cell + row * attributes + attribute;
      if (scores.weight[at] == 0) continue;
      Cell labelled = cell(scores, at, first_position_ + row, attribute);
      labelled.length = stats_[response].answer_length;
      labelled.covariates = stats_[response].covariates;
      labelled.index = static_cast<int32_t>(row);
      if (last) last->last = false;
      outcomes.cells.add(labelled,
                         {.prompt = group_.prompt_hash, .responses = {key, key}, .group = index_});
      last = &outcomes.cells.values.back();
    }
  }
}

Cell OutcomeCollector::cell(const Ratings& scores, int64_t cell, int64_t row,
                            int64_t attribute) const {
  const int64_t at = row * predictions_.attributes + attribute;
  return {.rating = {.score = scores.score[cell], .prediction = predictions_.prediction[at]},
          .reward = predictions_.reward[at],
          .predicted_deviation = predictions_.deviation.empty() ? 0 : predictions_.deviation[at],
          .annotator_deviation = scores.deviation.empty() ? -1 : scores.deviation[cell],
          .attribute = attribute};
}

}  // namespace

SplitOutcomes collect_outcomes(const Split& split, const Predictions& predictions,
                               std::span<const int64_t> groups) {
  OutcomeCollector collector(split, predictions);
  for (const int64_t group : groups) collector.add(group);
  return std::move(collector.outcomes);
}

std::vector<double> difference(const std::vector<double>& one, const std::vector<double>& other) {
  std::vector<double> differences;
  for (size_t i = 0; i < one.size(); ++i) differences.push_back(one[i] - other[i]);
  return differences;
}

template <class T>
static Outcomes<T> at_positions(const Outcomes<T>& of, std::span<const size_t> positions) {
  Outcomes<T> some;
  if (of.size() == 0) return some;
  for (const size_t i : positions) some.add(of.values[i], of.origins[i]);
  return some;
}

SplitOutcomes selected(const SplitOutcomes& all, std::span<const size_t> positions) {
  return {.pairs = at_positions(all.pairs, positions),
          .lists = at_positions(all.lists, positions),
          .cells = at_positions(all.cells, positions),
          .segments = all.segments,
          .unlabelled_groups = all.unlabelled_groups,
          .tied_groups = all.tied_groups,
          .unlabelled_cells = all.unlabelled_cells};
}

}  // namespace laurel
