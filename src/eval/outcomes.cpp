// Walks the judgements of groups beside the rows of their responses.
#include "eval/outcomes.h"

#include <c10/util/Exception.h>

#include <cmath>

namespace laurel {

namespace {

constexpr double kNoWinner = 1e-6;  // votes as fp32: a third and a third are not quite equal

class Collector {
 public:
  Collector(const Split& split, const Predictions& predictions)
      : split_(split), predictions_(predictions) {}

  void add(int64_t group) {
    group_ = &split_.groups[group];
    facts_ = &split_.facts[group];
    first_row_ = predictions_.first_row[group];
    if (const auto* scores = std::get_if<Scores>(&group_->judgement)) return add(*scores);
    if (const auto* ranking = std::get_if<Ranking>(&group_->judgement)) return add(*ranking);
    add(std::get<Preferences>(group_->judgement));
  }

  Collected collected;

 private:
  void add(const Preferences& preferences);
  void add(const Ranking& ranking);
  void add(const Scores& scores);
  void add_response(const Scores& scores, int32_t response, int64_t first_cell);
  Cell cell(const Scores& scores, int64_t cell, int64_t row, int64_t attribute) const;

  // Of a response that has one row.
  double merged(int32_t response) const {
    TORCH_INTERNAL_ASSERT(group_->responses[response].reads.size() == 1, "one row a response");
    return predictions_.merged[first_row_ + response];
  }

  const Split& split_;
  const Predictions& predictions_;
  const Group* group_ = nullptr;
  const std::vector<ResponseFacts>* facts_ = nullptr;
  int64_t first_row_ = 0;
};

void Collector::add(const Preferences& preferences) {
  bool any = false;
  for (const Preference& p : preferences) {
    if (p.weight == 0) continue;
    any = true;
    double target = static_cast<double>(p.target) + static_cast<double>(p.tie) / 2;
    if (std::abs(target - 0.5) < kNoWinner) target = 0.5;
    const bool swap = target < 0.5;
    const int32_t better = swap ? p.worse : p.better, worse = swap ? p.better : p.worse;
    collected.pairs.add({.better = merged(better),
                         .worse = merged(worse),
                         .better_length = (*facts_)[better].answer_length,
                         .worse_length = (*facts_)[worse].answer_length,
                         .target = swap ? 1 - target : target},
                        {.prompt = group_->prompt_hash,
                         .responses = {(*facts_)[better].hash, (*facts_)[worse].hash}});
  }
  collected.groups_unjudged += !any;
}

void Collector::add(const Ranking& ranking) {
  if (ranking.weight == 0) {
    ++collected.groups_unjudged;
    return;
  }
  ListOutcome list;
  for (size_t i = 0; i < ranking.rank.size(); ++i) {
    if (ranking.rank[i] < 0) continue;
    list.reward.push_back(merged(static_cast<int32_t>(i)));
    list.rank.push_back(ranking.rank[i]);
    list.score.push_back(ranking.score[i]);
    list.length.push_back((*facts_)[i].answer_length);
  }
  if (!has_order(list)) {
    ++collected.groups_tied;
    return;
  }
  collected.lists.add(std::move(list),
                      {.prompt = group_->prompt_hash, .responses = {group_->id, group_->id}});
}

void Collector::add(const Scores& scores) {
  TORCH_INTERNAL_ASSERT(scores.reads.empty(), "annotators of evaluation rows are gathered");
  const int64_t before = collected.cells.size();
  int64_t cell = 0;
  for (size_t i = 0; i < group_->responses.size(); ++i) {
    const auto rows = static_cast<int64_t>(group_->responses[i].reads.size());
    collected.segments |= rows > 1;
    add_response(scores, static_cast<int32_t>(i), cell);
    cell += rows * predictions_.attributes;
    first_row_ += rows;
  }
  TORCH_INTERNAL_ASSERT(cell == static_cast<int64_t>(scores.score.size()), "one score a cell");
  const int64_t judged = collected.cells.size() - before;
  if (judged == 0) {
    ++collected.groups_unjudged;
  } else {
    collected.cells_unjudged += cell - judged;
  }
}

// Row 0 of the response is first_row_.
void Collector::add_response(const Scores& scores, int32_t response, int64_t first_cell) {
  const int64_t attributes = predictions_.attributes;
  const auto rows = static_cast<int64_t>(group_->responses[response].reads.size());
  const uint64_t key = (*facts_)[response].hash;
  for (int64_t attribute = 0; attribute < attributes; ++attribute) {
    Cell* last = nullptr;
    for (int64_t row = 0; row < rows; ++row) {
      const int64_t at = first_cell + row * attributes + attribute;
      if (scores.weight[at] == 0) continue;
      Cell judged = cell(scores, at, first_row_ + row, attribute);
      judged.length = (*facts_)[response].answer_length;
      judged.index = static_cast<int32_t>(row);
      if (last) last->last = false;
      collected.cells.add(judged, {.prompt = group_->prompt_hash, .responses = {key, key}});
      last = &collected.cells.values.back();
    }
  }
}

Cell Collector::cell(const Scores& scores, int64_t cell, int64_t row, int64_t attribute) const {
  const int64_t at = row * predictions_.attributes + attribute;
  return {.rating = {.score = scores.score[cell], .prediction = predictions_.prediction[at]},
          .reward = predictions_.reward[at],
          .stated = predictions_.deviation.empty() ? 0 : predictions_.deviation[at],
          .people_differ = scores.deviation.empty() ? -1 : scores.deviation[cell],
          .attribute = attribute};
}

}  // namespace

Collected collect(const Split& split, const Predictions& predictions,
                  std::span<const int64_t> groups) {
  Collector collector(split, predictions);
  for (const int64_t group : groups) collector.add(group);
  return std::move(collector.collected);
}

}  // namespace laurel
