// Judgements of rows.
#include "curation/judgements.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <tuple>

namespace laurel {

namespace {

void add_judgement(uint32_t better, uint32_t worse, bool tie, std::vector<Judgement>& judgements) {
  if (better == worse) return;
  if (tie && better > worse) std::swap(better, worse);
  judgements.push_back({better, worse, tie});
}

void add_preferences(const CurationRow& row, const Preferences& pairs,
                     std::vector<Judgement>& judgements) {
  for (const Preference& pair : pairs) {
    if (pair.weight == 0) continue;
    add_judgement(row.responses[pair.better], row.responses[pair.worse], is_tie(pair), judgements);
  }
}

void add_ranking(const CurationRow& row, const Ranking& list, std::vector<Judgement>& judgements) {
  if (list.weight == 0) return;
  for (size_t i = 0; i < list.rank.size(); ++i) {
    for (size_t j = 0; j < list.rank.size(); ++j) {
      if (list.rank[i] < 0 || list.rank[j] < 0) continue;
      const bool tie = list.rank[i] == list.rank[j];
      if (list.rank[i] < list.rank[j] || (tie && i < j)) {
        add_judgement(row.responses[i], row.responses[j], tie, judgements);
      }
    }
  }
}

// Where both have a score, whatever its weight.
bool same_scores(const Ratings& a, const Ratings& b) {
  if (a.positions != b.positions || a.score.size() != b.score.size()) return false;
  for (size_t i = 0; i < a.score.size(); ++i) {
    if (a.weight[i] > 0 && b.weight[i] > 0 && a.score[i] != b.score[i]) return false;
  }
  return true;
}

// A pair by its texts, the first of a tie being the smaller number; a response of a list.
using LabelNumbers = std::vector<std::array<double, 7>>;

std::array<double, 7> numbers_of(const Preference& pair, double better, double worse) {
  // Of fp32: 1 - 0.46 is not quite 0.54.
  const auto probability = [](double p) { return std::round(p * 1e6) / 1e6; };
  const double tie = probability(pair.tie);
  if (!is_tie(pair) || better < worse) {
    return {better, worse, pair.margin, pair.strength, probability(pair.target), tie, pair.weight};
  }
  const double other = 1.0 - pair.target - pair.tie;
  return {worse, better, -pair.margin, pair.strength, probability(other), tie, pair.weight};
}

// All that the label of a row says, in an order of its own.
LabelNumbers numbers_of(const CurationRow& row) {
  LabelNumbers numbers;
  if (const auto* pairs = std::get_if<Preferences>(&row.label)) {
    for (const Preference& pair : *pairs) {
      numbers.push_back(numbers_of(pair, row.responses[pair.better], row.responses[pair.worse]));
    }
  } else if (const auto* list = std::get_if<Ranking>(&row.label)) {
    for (size_t i = 0; i < list->rank.size(); ++i) {
      numbers.push_back({static_cast<double>(row.responses[i]), static_cast<double>(list->rank[i]),
                         list->score[i], list->weight});
    }
  }
  std::ranges::sort(numbers);
  return numbers;
}

// By whom, of which attribute: lists with one mean are not one label.
std::vector<std::tuple<std::string, int32_t, float>> scores_by_name(const CurationRow& row) {
  std::vector<std::tuple<std::string, int32_t, float>> scores;
  for (const auto& [entry, attribute, annotator, score] : row.annotator_scores.scores) {
    const bool named = annotator >= 0;
    scores.emplace_back(named ? row.annotators[static_cast<size_t>(annotator)] : "", attribute,
                        score);
  }
  std::ranges::sort(scores);
  return scores;
}

}  // namespace

std::vector<Judgement> judgements_of(const CurationRow& row) {
  std::vector<Judgement> judgements;
  if (const auto* pairs = std::get_if<Preferences>(&row.label)) {
    add_preferences(row, *pairs, judgements);
  } else if (const auto* list = std::get_if<Ranking>(&row.label)) {
    add_ranking(row, *list, judgements);
  }
  std::ranges::sort(judgements);
  const auto repeated = std::ranges::unique(judgements);
  judgements.erase(repeated.begin(), repeated.end());
  return judgements;
}

bool same_label(const CurationRow& a, const CurationRow& b) {
  if (a.label.index() != b.label.index()) return false;
  const auto* ratings = std::get_if<Ratings>(&a.label);
  if (!ratings) {
    const auto of_a = judgements_of(a), of_b = judgements_of(b);
    return of_a.empty() || of_b.empty() || of_a == of_b;
  }
  return same_scores(*ratings, std::get<Ratings>(b.label));
}

bool equal_label(const CurationRow& a, const CurationRow& b) {
  if (a.label.index() != b.label.index()) return false;
  const auto* ratings = std::get_if<Ratings>(&a.label);
  if (!ratings) return numbers_of(a) == numbers_of(b);
  const auto& others = std::get<Ratings>(b.label);
  return ratings->score == others.score && ratings->weight == others.weight &&
         ratings->positions == others.positions && a.segments == b.segments &&
         scores_by_name(a) == scores_by_name(b);
}

bool contradicts(const CurationRows& rows, const std::vector<size_t>& others, size_t row) {
  return std::ranges::any_of(
      others, [&](size_t other) { return !same_label(rows.rows[other], rows.rows[row]); });
}

void add_label(const CurationRows& rows, size_t row, std::vector<size_t>& others) {
  const auto is_equal = [&](size_t other) { return equal_label(rows.rows[other], rows.rows[row]); };
  if (std::ranges::none_of(others, is_equal)) others.push_back(row);
}

}  // namespace laurel
