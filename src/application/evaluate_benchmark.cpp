// Reads all rows, checks them, and has them scored a thousand at a time.
#include "application/evaluate_benchmark.h"

#include <algorithm>
#include <utility>

#include "application/benchmark_files.h"
#include "application/load_config.h"
#include "application/model_precision.h"
#include "application/read_rows.h"
#include "application/training_files.h"
#include "core/str.h"
#include "data/sources/occurrences.h"

namespace laurel {

namespace {

constexpr size_t kBenchmarkRowsAtOnce = 1024;

std::vector<Record> records_of(std::span<const BenchmarkRow> rows) {
  std::vector<Record> records;
  for (const BenchmarkRow& row : rows) {
    records.push_back({.row = row_to_score(row), .where = row.where});
  }
  return records;
}

class BenchmarkScoring {
 public:
  BenchmarkScoring(Scorer& scorer, std::vector<double> weights)
      : scorer_(scorer), weights_(std::move(weights)) {}

  void add(std::span<const BenchmarkRow> rows) {
    const std::vector<RowRewards> rewards = scorer_.score(records_of(rows));
    for (size_t i = 0; i < rows.size(); ++i) {
      if (rewards[i].remarks.special_text) special_text_.add(rows[i].where);
      if (!rewards[i].scored()) {
        unscored_.add(with_command_options(rewards[i].why()));
        continue;
      }
      scored_.push_back({.row = rows[i], .rewards = {}});
      for (const ScoredResponse& response : rewards[i].responses) {
        scored_.back().rewards.push_back(combined_reward(response.rewards, weights_));
      }
    }
  }

  void tell(Log& log) const {
    if (special_text_.count > 0) {
      log.warn(str(count_text(special_text_.count, "row"),
                   " with text that spells a special token (--special-text)",
                   first_of(special_text_)));
    }
    if (unscored_.count == 0) return;
    log.warn(str(count_text(unscored_.count, "row"),
                 " could not be scored: published scores count all rows, these do not; the first: ",
                 unscored_.first));
  }

  const std::vector<ScoredBenchmarkRow>& scored() const { return scored_; }
  const Occurrences& unscored() const { return unscored_; }

 private:
  Scorer& scorer_;
  std::vector<double> weights_;
  std::vector<ScoredBenchmarkRow> scored_;
  Occurrences special_text_;
  Occurrences unscored_;  // the first with the reason
};

void tell_missing(const Benchmark& benchmark, int64_t rows, const Evaluation& evaluation,
                  Log& log) {
  const std::string name = benchmark_name(benchmark);
  const std::string missing = missing_rows(benchmark, name, rows);
  if (!missing.empty()) log.warn(missing);
  std::vector<std::string> undefined;
  for (const Metric& metric : evaluation.sets.front().metrics) {
    if (!metric.value) undefined.push_back(metric.name);
  }
  if (undefined.empty()) return;
  log.warn(str(name, ": no number for ", join(undefined, ", "), ", as rows are missing"));
}

// What the comparison of two answers is about.
std::vector<double> weights_of(const Scorer& scorer, const MeaningRequest& asked) {
  const SourceOptions pairs{.name = "benchmark", .format = PairwiseFormat{}};
  const RewardMeaning meaning = meaning_of(scorer.reward_config(), asked, pairs, Json::object());
  check_attributes(meaning.model, pairs.format);
  return comparison_weights(meaning.model);
}

}  // namespace

BenchmarkResult evaluate_benchmark(const Benchmark& benchmark, const EvaluationRequest& request,
                                   const Compute& compute, Log& log) {
  const auto names = names_of(data_files(request.files, request.split, log));
  const BenchmarkFiles files = read_benchmark_files(benchmark, names, request.bad_rows);
  for (const std::string& remark : files.remarks) log.warn(remark);
  RowOptions options = request.rows;
  options.format = RankedFormat{};
  const std::span<const BenchmarkRow> rows = files.rows;
  const std::vector<Record> some = records_of(rows.first(std::min(kRowsToCompare, rows.size())));
  const ChosenPrecision chosen =
      choose_precision(request.model, compute, request.precision, options, some, log);
  Scorer scorer(request.model, chosen.compute, options, log);
  tell_precision_change(chosen, scorer, some, log);
  FileHashes hashes;
  check_training_files(scorer.reward_config(), names, TrainingRows::warn, hashes, log);
  BenchmarkScoring scoring(scorer, weights_of(scorer, request.meaning));
  for (size_t begin = 0; begin < rows.size(); begin += kBenchmarkRowsAtOnce) {
    scoring.add(rows.subspan(begin, std::min(kBenchmarkRowsAtOnce, rows.size() - begin)));
  }
  scoring.tell(log);
  if (scoring.scored().empty()) throw Error{ErrorKind::data, scoring.unscored().first};
  Evaluation evaluation = benchmark_evaluation(benchmark, scoring.scored());
  if (files.malformed > 0) evaluation.reasons["malformed"] = files.malformed;
  const int64_t unscored = scoring.unscored().count;
  if (unscored > 0) evaluation.reasons["not_scored"] = unscored;
  evaluation.dropped = files.malformed + unscored;
  evaluation.weights = weights_text(chosen.compute);
  tell_missing(benchmark, evaluation.n + evaluation.dropped, evaluation, log);
  return {std::move(evaluation), scoring.scored()};
}

}  // namespace laurel
