// Refuses labels that the source's loss would ignore or cannot use, before any weight is read.
#include "application/check_labels.h"

#include "core/error.h"
#include "core/str.h"

namespace laurel {

static void refuse(const std::optional<std::string>& where, bool taken, const Loss& loss,
                   const std::string& what, const char* verb,
                   const std::string& advice =
                       "change the rows, or choose another loss "
                       "(docs/losses.md)") {
  if (!where || taken) return;
  throw Error{ErrorKind::data, str(*where, ": found ", what, ", which the loss ", traits(loss).name,
                                   " ", verb, "; ", advice)};
}

// Whether the loss uses this number of a pair's row.
static bool uses(const PairTraits& takes, const std::string& field) {
  return field == "margin" ? takes.uses_margin : field == "strength" && takes.uses_strength;
}

static void check_pairs(const Loss& loss, const FirstOccurrences& first) {
  const PairTraits takes = traits(loss).pair;
  for (const auto& [field, where] : first.given) {
    refuse(where, uses(takes, field), loss, str("a \"", field, "\""), "does not use",
           str("choose a loss that does (docs/losses.md), or leave the field out: \"fields\": {\"",
               field, "\": null}"));
  }
  refuse(first.tie, takes.takes_ties, loss, "a tie", "does not take");
  refuse(first.soft, takes.takes_soft_targets, loss, "a probability between 0 and 1",
         "does not take");
  refuse(first.no_margin, !takes.needs_margin, loss, "no \"margin\"", "needs");
}

static void check_score(const Loss& loss, float score, float weight, const std::string& attribute,
                        const Split& split, size_t group) {
  if (weight == 0) return;
  const std::optional<std::string> problem = score_problem(loss, score);
  if (!problem) return;
  const std::string of = attribute.empty() ? "" : str(" of \"", attribute, "\"");
  throw Error{ErrorKind::data, str(split.where(split.groups.id(group)), ": found the score ", score,
                                   of, ", ", *problem, " for the loss ", traits(loss).name)};
}

// Of ratings, and of lists.
static void check_scores(const Loss& loss, const SourceData& source, const Split& split) {
  const std::vector<std::string>& names = source.options.attributes;
  const auto& own = traits(loss);
  if (!own.pointwise.score_problem && !own.ranked.score_problem) return;  // takes every score
  if (split.groups.empty()) return;
  const Label first = split.groups.label(0);  // of the kind of all
  if (std::holds_alternative<Ratings>(first)) {
    split.groups.for_each_ratings([&](size_t group, const auto& score, const auto& weight) {
      for (size_t i = 0; i < score.size(); ++i) {
        check_score(loss, score[i], weight[i], names.empty() ? "" : names[i % names.size()], split,
                    group);
      }
    });
  }
  for (size_t group = 0; std::holds_alternative<Ranking>(first) && group < split.groups.size();
       ++group) {
    const Label label = split.groups.label(group);
    const auto& ranking = std::get<Ranking>(label);
    for (size_t i = 0; i < ranking.score.size(); ++i) {
      check_score(loss, ranking.score[i], ranking.rank[i] >= 0 ? 1.f : 0.f, "", split, group);
    }
  }
}

// Only training needs them as the loss does: evaluation takes means of annotators and scores that
// are not scaled.
void check_labels(const SourceConfig& config, const SourceData& source) {
  check_pairs(config.loss, source.first);
  check_scores(config.loss, source, source.train);
}

}  // namespace laurel
