// Finds the answers of each flipped decision, and says what both models make of them.
#include "report/flipped_rows.h"

#include <utility>

#include "core/str.h"
#include "eval/flips.h"
#include "report/html.h"
#include "report/wrong_rows.h"

namespace laurel {

namespace {

// The two models' outcomes of a row.
struct BothModels {
  const SplitOutcomes& first;
  const SplitOutcomes& other;
};

using LabelledAnswers = std::vector<std::pair<size_t, std::string>>;  // number, label

std::string rewards_label(const std::string& what, double first, double other) {
  return str(what, ", reward ", digits(first), " and ", digits(other));
}

LabelledAnswers answers_of_pair(const Split& split, const BothModels& both, size_t i) {
  const PairOutcome &first = both.first.pairs.values[i], &other = both.other.pairs.values[i];
  const Origin& origin = both.first.pairs.origins[i];
  const auto number = [&](size_t side) {
    return response_number(split, origin.group, origin.responses[side]);
  };
  return {{number(0), rewards_label("better", first.better, other.better)},
          {number(1), rewards_label("worse", first.worse, other.worse)}};
}

LabelledAnswers answers_of_list(const Split& split, const BothModels& both, const Decision& of) {
  const ListOutcome& first = both.first.lists.values[of.outcome];
  const ListOutcome& other = both.other.lists.values[of.outcome];
  const std::vector<size_t> numbers =
      ranked_responses(split, both.first.lists.origins[of.outcome].group);
  const auto answer = [&](int32_t position) {
    const auto k = static_cast<size_t>(position);
    return std::pair(numbers.at(k),
                     rewards_label(str("rank ", first.rank[k]), first.reward[k], other.reward[k]));
  };
  return {answer(of.better), answer(of.worse)};
}

LabelledAnswers answers_of_cell(const Split& split, const BothModels& both, size_t i) {
  const Cell &first = both.first.cells.values[i], &other = both.other.cells.values[i];
  const Origin& origin = both.first.cells.origins[i];
  return {{response_number(split, origin.group, origin.responses.front()),
           str(both.first.segments ? str("segment ", first.index + 1, ", ") : "", "label ",
               digits(first.rating.score), ", prediction ", digits(first.rating.prediction),
               " and ", digits(other.rating.prediction))}};
}

LabelledAnswers answers_of(const Split& split, const BothModels& both, const Decision& decision) {
  if (both.first.pairs.size() > 0) return answers_of_pair(split, both, decision.outcome);
  if (both.first.lists.size() > 0) return answers_of_list(split, both, decision);
  return answers_of_cell(split, both, decision.outcome);
}

}  // namespace

std::vector<FlippedRow> flipped_rows(const Split& split, std::span<const ComparedModel> models,
                                     bool labels, size_t most, const TextOf& text_of) {
  std::vector<FlippedRow> rows;
  const SplitOutcomes& first = models.front().outcomes;
  const std::vector<Decision> of_first = decisions_of(first, labels);
  for (const ComparedModel& model : models.subspan(1)) {
    const std::vector<Decision> of_other = decisions_of(model.outcomes, labels);
    for (const Flip& flip : largest_flips(of_first, of_other, most)) {
      const Decision& decision = of_first[flip.decision];
      const WrongRow shown =
          wrong_row(split,
                    {.group = first.origins()[decision.outcome].group,
                     .error = 0,
                     .answers = answers_of(split, {first, model.outcomes}, decision)},
                    text_of);
      rows.push_back({.model = model.name,
                      .where = shown.where,
                      .change = flip.gained() ? RowChange::gained : RowChange::lost,
                      .margins = {flip.first, flip.other},
                      .prompt = shown.prompt,
                      .answers = shown.answers});
    }
  }
  return rows;
}

}  // namespace laurel
