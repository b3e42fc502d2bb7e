// Takes what pictures need of outcomes, by their kind.
#include "report/eval_rows.h"

#include <algorithm>
#include <cmath>

#include "core/files.h"
#include "core/json_file.h"
#include "core/option_reader.h"
#include "core/option_writer.h"
#include "core/str.h"
#include "report/html.h"
#include "report/row_bins.h"
#include "report/wrong_rows.h"

namespace laurel {

namespace {

std::string answer_label(const std::string& what, double reward, int64_t length) {
  return str(what, ", reward ", digits(reward), ", ", count_text(length, "character"));
}

EvaluatedRows rows_of_pairs(const EvaluatedSplit& evaluated, const TextOf& text_of) {
  const Outcomes<PairOutcome>& pairs = evaluated.outcomes.pairs;
  EvaluatedRows rows{.source = evaluated.source, .kind = OutcomeKind::pairs, .n = pairs.size()};
  rows.classes = {{.name = "better"}, {.name = "worse"}};
  rows.reliability = reliability_bins(forecasts_of(pairs.values));
  std::vector<JudgedAnswer> answers;
  std::vector<Mistake> mistakes;
  for (size_t i = 0; i < pairs.values.size(); ++i) {
    const PairOutcome& pair = pairs.values[i];
    const double d = pair.better - pair.worse;
    if (pair.target == 0.5) continue;  // no answer is the better one
    answers.push_back({0, static_cast<double>(pair.better_length), pair.better});
    answers.push_back({1, static_cast<double>(pair.worse_length), pair.worse});
    if (d < 0) mistakes.push_back({-d, i});
  }
  add_answers(rows, answers);
  for (const Mistake& mistake : largest_mistakes(std::move(mistakes))) {
    const PairOutcome& pair = pairs.values[mistake.outcome];
    const Origin& origin = pairs.origins[mistake.outcome];
    const auto number = [&](size_t i) {
      return response_number(evaluated.split, origin.group, origin.responses[i]);
    };
    rows.wrong.push_back(
        wrong_row(evaluated.split,
                  {.group = origin.group,
                   .error = mistake.error,
                   .answers = {{number(0), answer_label("better", pair.better, pair.better_length)},
                               {number(1), answer_label("worse", pair.worse, pair.worse_length)}}},
                  text_of));
  }
  return rows;
}

// The pair of a list whose rewards are the furthest on the wrong side.
struct Inversion {
  double error = 0;
  size_t better = 0, worse = 0;
};

Inversion worst_inversion(const ListOutcome& list) {
  Inversion worst;
  for (size_t i = 0; i < list.rank.size(); ++i) {
    for (size_t j = 0; j < list.rank.size(); ++j) {
      const double error = list.reward[j] - list.reward[i];
      if (list.rank[i] < list.rank[j] && error > worst.error) worst = {error, i, j};
    }
  }
  return worst;
}

EvaluatedRows rows_of_lists(const EvaluatedSplit& evaluated, const TextOf& text_of) {
  const Outcomes<ListOutcome>& lists = evaluated.outcomes.lists;
  EvaluatedRows rows{.source = evaluated.source, .kind = OutcomeKind::lists, .n = lists.size()};
  rows.classes = {{.name = "best rank"}, {.name = "other ranks"}};
  std::vector<JudgedAnswer> answers;
  std::vector<Mistake> mistakes;
  for (size_t i = 0; i < lists.values.size(); ++i) {
    const ListOutcome& list = lists.values[i];
    const int32_t best = *std::ranges::min_element(list.rank);
    for (size_t k = 0; k < list.rank.size(); ++k) {
      answers.push_back({list.rank[k] == best ? size_t{0} : size_t{1},
                         static_cast<double>(list.length[k]), list.reward[k]});
    }
    const Inversion inversion = worst_inversion(list);
    if (inversion.error > 0) mistakes.push_back({inversion.error, i});
  }
  add_answers(rows, answers);
  for (const Mistake& mistake : largest_mistakes(std::move(mistakes))) {
    const ListOutcome& list = lists.values[mistake.outcome];
    const int64_t group = lists.origins[mistake.outcome].group;
    const std::vector<size_t> numbers = ranked_responses(evaluated.split, group);
    const Inversion inversion = worst_inversion(list);
    const auto shown = [&](size_t k) {
      return std::pair(numbers.at(k),
                       answer_label(str("rank ", list.rank[k]), list.reward[k], list.length[k]));
    };
    rows.wrong.push_back(wrong_row(evaluated.split,
                                   {.group = group,
                                    .error = mistake.error,
                                    .answers = {shown(inversion.better), shown(inversion.worse)}},
                                   text_of));
  }
  return rows;
}

std::string cell_label(const Cell& cell, const SplitOutcomes& outcomes) {
  const std::string segment =
      outcomes.segments ? str("segment ", cell.index + 1, ", ") : std::string();
  return str(segment, "score ", digits(cell.rating.score), ", prediction ",
             digits(cell.rating.prediction), ", ", count_text(cell.length, "character"));
}

void add_wrong_cells(EvaluatedRows& rows, const EvaluatedSplit& evaluated,
                     std::vector<Mistake> mistakes, const TextOf& text_of) {
  const Outcomes<Cell>& cells = evaluated.outcomes.cells;
  for (const Mistake& mistake : largest_mistakes(std::move(mistakes))) {
    const Origin& origin = cells.origins[mistake.outcome];
    const size_t number = response_number(evaluated.split, origin.group, origin.responses.front());
    rows.wrong.push_back(wrong_row(
        evaluated.split,
        {.group = origin.group,
         .error = mistake.error,
         .answers = {{number, cell_label(cells.values[mistake.outcome], evaluated.outcomes)}}},
        text_of));
  }
}

// The cells of one attribute.
struct AttributeCells {
  std::vector<size_t> own;
  double mean_score = 0;
  bool labels = true;         // all scores are 0 or 1
  bool probabilities = true;  // all predictions are in 0..1
};

AttributeCells cells_of(const std::vector<Cell>& cells, size_t attribute) {
  AttributeCells of;
  double sum = 0;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (static_cast<size_t>(cells[i].attribute) != attribute) continue;
    const auto& [score, prediction] = cells[i].rating;
    of.own.push_back(i);
    sum += score;
    of.labels = of.labels && (score == 0 || score == 1);
    of.probabilities = of.probabilities && prediction >= 0 && prediction <= 1;
  }
  if (!of.own.empty()) of.mean_score = sum / static_cast<double>(of.own.size());
  return of;
}

EvaluatedRows rows_of_cells(const EvaluatedSplit& evaluated, const AttributeCells& of,
                            const TextOf& text_of) {
  EvaluatedRows rows{.source = evaluated.source,
                     .kind = of.labels ? OutcomeKind::labels : OutcomeKind::scores,
                     .n = static_cast<int64_t>(of.own.size())};
  rows.classes.resize(2);
  rows.classes[0].name = of.labels ? "label 1" : "score above the mean";
  rows.classes[1].name = of.labels ? "label 0" : "other scores";
  std::vector<Forecast> forecasts;
  std::vector<JudgedAnswer> answers;
  std::vector<Mistake> mistakes;
  for (const size_t i : of.own) {
    const Cell& cell = evaluated.outcomes.cells.values[i];
    const auto& [score, prediction] = cell.rating;
    const bool first = of.labels ? score == 1 : score > of.mean_score;
    answers.push_back(
        {first ? size_t{0} : size_t{1}, static_cast<double>(cell.length), cell.reward});
    if (of.labels && of.probabilities) forecasts.push_back({prediction, score});
    const double error = std::abs(prediction - score);
    if (std::isfinite(error) && error > (of.labels ? 0.5 : 0)) mistakes.push_back({error, i});
  }
  rows.reliability = reliability_bins(forecasts);
  add_answers(rows, answers);
  add_wrong_cells(rows, evaluated, std::move(mistakes), text_of);
  return rows;
}

}  // namespace

std::vector<EvaluatedRows> evaluated_rows(const EvaluatedSplit& evaluated, const TextOf& text_of) {
  if (evaluated.outcomes.pairs.size() > 0) return {rows_of_pairs(evaluated, text_of)};
  if (evaluated.outcomes.lists.size() > 0) return {rows_of_lists(evaluated, text_of)};
  std::vector<EvaluatedRows> all;
  for (size_t a = 0; a < std::max<size_t>(1, evaluated.attributes.size()); ++a) {
    const AttributeCells of = cells_of(evaluated.outcomes.cells.values, a);
    if (of.own.empty()) continue;
    all.push_back(rows_of_cells(evaluated, of, text_of));
    if (!evaluated.attributes.empty()) all.back().attribute = evaluated.attributes[a];
  }
  return all;
}

std::optional<double> calibration_error(std::span<const ReliabilityBin> bins) {
  double gaps = 0, all = 0;
  for (const ReliabilityBin& bin : bins) {
    gaps += static_cast<double>(bin.n) * std::abs(bin.agreement - bin.confidence);
    all += static_cast<double>(bin.n);
  }
  return ratio(gaps, all);
}

// Tokens may end in the middle of a character.
void write_eval_rows(const std::filesystem::path& path, const EvalRows& rows) {
  write_file(path,
             options_to_json(rows).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::optional<EvalRows> read_eval_rows(const std::filesystem::path& path) {
  const std::optional<Json> json = read_json_if_there(path, ErrorKind::checkpoint);
  if (!json) return std::nullopt;
  return read_file_json<EvalRows>(*json, path.string(), ErrorKind::checkpoint);
}

}  // namespace laurel
