// RewardBench 2's subsets, and the margins of its ties.
#include "eval/benchmarks/reward_bench_2.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "core/error.h"
#include "core/str.h"
#include "eval/benchmarks/benchmark_fields.h"
#include "eval/benchmarks/part_means.h"
#include "eval/benchmarks/reward_bench_results.h"

namespace laurel {

namespace {

std::vector<std::string> reward_bench_2_subsets() {
  return {"Factuality", "Precise IF", "Math", "Safety", "Focus", "Ties"};
}

constexpr const char* kTies = "Ties";
constexpr size_t kTiesPart = 5;

// The N of "ref:N" or "tied:N".
struct TiesId {
  bool tied;
  int64_t prompt;
};

std::optional<TiesId> ties_id(const std::string& id) {
  const bool tied = id.starts_with("tied:");
  if (!tied && !id.starts_with("ref:")) return std::nullopt;
  const char* begin = id.data() + id.find(':') + 1;
  const char* end = id.data() + id.size();
  TiesId out{.tied = tied, .prompt = 0};
  const auto [stopped, problem] = std::from_chars(begin, end, out.prompt);
  if (problem != std::errc() || stopped != end) return std::nullopt;
  return out;
}

bool is_tied(const BenchmarkRow& row) { return row.id.starts_with("tied:"); }

void check_ties(const BenchmarkFields& fields, const std::string& id, size_t right) {
  const auto of_ties = ties_id(id);
  if (!of_ties)
    fields.fail(str("the id \"", id, "\" of a row of Ties, which is no \"ref:N\" or \"tied:N\""));
  if (of_ties->tied && right < 2) fields.fail(str("one right answer of ", id, ", which is tied"));
}

// Of the answers of a row of Ties.
struct TieMargins {
  double spread, gap;
};

TieMargins margins_of(const ScoredBenchmarkRow& of) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  double best = -kInfinity, worst = kInfinity, best_wrong = -kInfinity;
  for (size_t i = 0; i < of.rewards.size(); ++i) {
    const double reward = of.rewards[i];
    if (of.row.right[i]) {
      best = std::max(best, reward);
      worst = std::min(worst, reward);
    } else {
      best_wrong = std::max(best_wrong, reward);
    }
  }
  return {.spread = best - worst, .gap = worst - best_wrong};
}

// A prompt of Ties that has both rows: where these are, and what they say.
struct TiedPrompt {
  size_t ref, tied;
  double preferred, preferred_hard, margin_score;
};

TiedPrompt tied_prompt(const std::vector<ScoredBenchmarkRow>& rows, size_t ref, size_t tied) {
  const TieMargins of_tied = margins_of(rows[tied]);
  const double gap = std::min(margins_of(rows[ref]).gap, of_tied.gap);
  const double relative = gap / of_tied.spread;  // of a spread of 0 infinite, or not a number
  return {.ref = ref,
          .tied = tied,
          .preferred = of_tied.gap > of_tied.spread ? 1.0 : 0.0,
          .preferred_hard = gap > of_tied.spread ? 1.0 : 0.0,
          .margin_score = std::isnan(relative) ? 0 : std::tanh(relative - 1)};
}

struct Ties {
  RowValues accurate;        // part 0: the ref rows, 1: the tied ones
  std::vector<size_t> rows;  // of these
  std::vector<TiedPrompt> prompts;
};

Ties ties_of(const std::vector<ScoredBenchmarkRow>& rows) {
  Ties ties;
  std::map<std::string, std::array<std::optional<size_t>, 2>> prompts;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].row.subset != kTies) continue;
    const bool tied = is_tied(rows[i].row);
    prompts[rows[i].row.unit][tied ? 1 : 0] = i;
    ties.accurate.add(tied ? 1 : 0, margins_of(rows[i]).gap > 0 ? 1 : 0);
    ties.rows.push_back(i);
  }
  for (const auto& [unit, of] : prompts) {
    if (of[0] && of[1]) ties.prompts.push_back(tied_prompt(rows, *of[0], *of[1]));
  }
  return ties;
}

// The score, then what it is made of. A prompt whose two rows are not drawn together counts as often
// as the geometric mean of their draws.
MetricValues ties_values(const Ties& ties, std::span<const double> weight) {
  std::vector<double> own;
  for (const size_t row : ties.rows) own.push_back(weight[row]);
  const MetricValues accuracy = means_by_part(ties.accurate, 2, own);
  double total = 0, preferred = 0, hard = 0, margin = 0;
  for (const TiedPrompt& prompt : ties.prompts) {
    const double w = std::sqrt(weight[prompt.ref] * weight[prompt.tied]);
    total += w;
    preferred += w * prompt.preferred;
    hard += w * prompt.preferred_hard;
    margin += w * prompt.margin_score;
  }
  MetricValues values{accuracy[1], accuracy[0], ratio(preferred, total), ratio(hard, total),
                      ratio(margin, total)};
  constexpr std::array kWeights{0.3, 0.3, 0.2, 0.2, 0.01};
  std::optional<double> score = 0;
  for (size_t k = 0; k < values.size(); ++k) {
    score = score && values[k] ? std::optional(*score + kWeights[k] * *values[k]) : std::nullopt;
  }
  values.insert(values.begin(), score);
  return values;
}

// Of the rows of Ties alone.
BenchmarkSet ties_set(const std::vector<ScoredBenchmarkRow>& rows,
                      const std::vector<size_t>& numbers) {
  std::vector<ScoredBenchmarkRow> own;
  for (const size_t row : numbers) own.push_back(rows[row]);
  return {.name = "ties",
          .title = "of Ties",
          .metrics = {.names = {"score", "tied_accuracy", "ref_accuracy", "correctness_preferred",
                                "correctness_preferred_hard", "margin_score"},
                      .values =
                          [ties = ties_of(own)](std::span<const double> weight) {
                            return ties_values(ties, weight);
                          }},
          .rows = numbers};
}

// Of the only right answer, which is the first.
double best_of(const std::vector<double>& rewards) {
  const double best = *std::ranges::max_element(rewards);
  return rewards[0] == best ? 1 / static_cast<double>(std::ranges::count(rewards, best)) : 0;
}

}  // namespace

BenchmarkRow RewardBench2::read(const Json& row, const std::string& where) {
  const BenchmarkFields fields(row, where, name, layout);
  BenchmarkRow out{.where = where,
                   .id = fields.text("id"),
                   .prompt = fields.text("prompt"),
                   .answers = fields.texts("chosen"),
                   .right = {},
                   .subset = fields.text("subset"),
                   .unit = fields.text("prompt"),
                   .record = {}};
  const std::vector<std::string> wrong = fields.texts("rejected");
  const size_t right = out.answers.size();
  out.right.assign(right, true);
  out.right.resize(right + wrong.size(), false);
  out.answers.insert(out.answers.end(), wrong.begin(), wrong.end());
  if (fields.one_of("subset", out.subset, reward_bench_2_subsets()) == kTiesPart) {
    check_ties(fields, out.id, right);
    out.unit = str(kTies, " ", ties_id(out.id)->prompt);
  } else if (right != 1) {
    fields.fail(str(right, " right answers (\"chosen\") of the subset ", out.subset,
                    ", of which each row has one"));
  }
  return out;
}

void RewardBench2::check(std::span<const BenchmarkRow> rows) {
  std::map<std::string, std::string> seen;
  for (const BenchmarkRow& row : rows) {
    if (row.subset != kTies) continue;
    const auto [first, is_new] = seen.try_emplace(row.id, row.where);
    if (is_new) continue;
    throw Error{ErrorKind::data,
                str(row.where, ": found ", row.id, " of Ties again, after ", first->second,
                    ", expected each prompt once; is a file given twice?")};
  }
}

std::vector<std::string> RewardBench2::remarks(std::span<const BenchmarkRow> rows) {
  constexpr size_t kAnswers = 4;
  int64_t count = 0;
  std::string first;
  for (const BenchmarkRow& row : rows) {
    if (row.subset == kTies || row.answers.size() == kAnswers) continue;
    if (count++ == 0) first = str(row.where, ", ", row.answers.size());
  }
  if (count == 0) return {};
  return {str(count_text(count, "row"),
              " of other subsets than Ties with another number of answers "
              "than the benchmark's ",
              kAnswers, ", the first: ", first)};
}

std::vector<BenchmarkSet> RewardBench2::sets(const std::vector<ScoredBenchmarkRow>& rows) {
  const std::vector<std::string> names = reward_bench_2_subsets();
  RowValues values;
  for (const auto& [row, rewards] : rows) {
    const auto part = static_cast<size_t>(std::ranges::find(names, row.subset) - names.begin());
    values.add(part, part == kTiesPart ? 0 : best_of(rewards));
  }
  const Ties ties = ties_of(rows);
  Metrics subsets{.names = {"total"}, .values = [values, ties](std::span<const double> weight) {
                    MetricValues means = means_by_part(values, kTiesPart + 1, weight);
                    means[kTiesPart] = ties_values(ties, weight)[0];
                    means.insert(means.begin(), mean_of(means));
                    return means;
                  }};
  subsets.names.insert(subsets.names.end(), names.begin(), names.end());
  std::vector<BenchmarkSet> sets{{.name = "total", .title = "", .metrics = std::move(subsets)}};
  if (!ties.rows.empty()) sets.push_back(ties_set(rows, ties.rows));
  return sets;
}

std::string RewardBench2::results(const std::vector<ScoredBenchmarkRow>& rows,
                                  const std::string& model) {
  return reward_bench_results(sets(rows)[0].metrics, rows.size(), model);
}

}  // namespace laurel
