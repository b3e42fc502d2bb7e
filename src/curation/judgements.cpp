// Judgements of rows.
#include "curation/judgements.h"

#include <algorithm>

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
  if (!ratings) return judgements_of(a) == judgements_of(b);
  const auto& others = std::get<Ratings>(b.label);
  return ratings->score == others.score && ratings->weight == others.weight &&
         ratings->positions == others.positions;
}

}  // namespace laurel
