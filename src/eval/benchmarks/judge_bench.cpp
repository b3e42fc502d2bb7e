// JudgeBench's verdicts in two orders.
#include "eval/benchmarks/judge_bench.h"

#include <algorithm>

#include "core/str.h"
#include "eval/benchmarks/benchmark_fields.h"
#include "eval/benchmarks/part_means.h"

namespace laurel {

namespace {

std::vector<std::string> source_names() {
  return {"mmlu-pro", "livebench-reasoning", "livebench-math", "livecodebench"};
}

// The source that the row's own begins with: "mmlu-pro-law" is of mmlu-pro. All if there is none.
size_t source_of(const std::string& subset) {
  const std::vector<std::string> names = source_names();
  const auto found = std::ranges::find_if(
      names, [&](const std::string& name) { return subset.starts_with(name); });
  return static_cast<size_t>(found - names.begin());
}

// Of the answer shown first and the one shown second: whether the first is preferred.
bool prefers_first(double first, double second) { return first > second; }

struct Verdicts {
  bool in_order, reversed;  // whether each names the right answer
};

Verdicts verdicts_of(const ScoredBenchmarkRow& of) {
  const double a = of.rewards[0], b = of.rewards[1];
  const bool a_is_right = of.row.right[0];
  return {.in_order = prefers_first(a, b) == a_is_right,
          .reversed = prefers_first(b, a) != a_is_right};
}

// micro, macro, and the sources.
Metrics source_metrics(const RowValues& wins) {
  const RowValues all{.part = std::vector<size_t>(wins.part.size()), .value = wins.value};
  const std::vector<std::string> names = source_names();
  Metrics metrics{
      .names = {"micro", "macro"},
      .values = [wins, all, sources = names.size()](std::span<const double> weight) {
        MetricValues values = means_by_part(wins, sources, weight);
        values.insert(values.begin(), {means_by_part(all, 1, weight)[0], mean_of(values)});
        return values;
      }};
  metrics.names.insert(metrics.names.end(), names.begin(), names.end());
  return metrics;
}

// What the sources are made of, by name.
Metrics subset_metrics(const std::vector<ScoredBenchmarkRow>& rows, const RowValues& wins) {
  std::vector<std::string> names;
  for (const auto& [row, rewards] : rows) names.push_back(row.subset);
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  RowValues by_name{.part = {}, .value = wins.value};
  for (const auto& [row, rewards] : rows) {
    by_name.part.push_back(
        static_cast<size_t>(std::ranges::lower_bound(names, row.subset) - names.begin()));
  }
  return part_metrics(names, by_name);
}

}  // namespace

BenchmarkRow JudgeBench::read(const Json& row, const std::string& where) {
  const BenchmarkFields fields(row, where, name, layout);
  const std::string label = fields.text("label");
  if (label != "A>B" && label != "B>A") fields.fail(str("the label \"", label, "\""));
  BenchmarkRow out{.where = where,
                   .id = fields.id("pair_id"),
                   .prompt = fields.text("question"),
                   .answers = {fields.text("response_A"), fields.text("response_B")},
                   .right = {label == "A>B", label == "B>A"},
                   .subset = fields.text("source"),
                   .unit = fields.text("question"),
                   .record = row};
  if (const std::vector<std::string> names = source_names();
      source_of(out.subset) == names.size()) {
    fields.one_of("source", out.subset, names);
  }
  return out;
}

std::vector<BenchmarkSet> JudgeBench::sets(const std::vector<ScoredBenchmarkRow>& rows) {
  RowValues both, first;
  for (const ScoredBenchmarkRow& of : rows) {
    const Verdicts verdicts = verdicts_of(of);
    const size_t source = source_of(of.row.subset);
    both.add(source, verdicts.in_order && verdicts.reversed ? 1 : 0);
    first.add(source, verdicts.in_order ? 1 : 0);
  }
  return {{.name = "both_orders", .title = "in both orders", .metrics = source_metrics(both)},
          {.name = "first_order",
           .title = "in the first order alone",
           .metrics = source_metrics(first)},
          {.name = "subsets", .title = "by subset", .metrics = subset_metrics(rows, both)}};
}

std::string JudgeBench::results(const std::vector<ScoredBenchmarkRow>& rows,
                                const std::string& model) {
  const auto judgment = [&](double first, double second) {
    return Json{{"judgment", {{"judge_model", model}, {"scores", {first, second}}}},
                {"decision", prefers_first(first, second) ? "A>B" : "B>A"}};
  };
  std::string lines;
  for (const auto& [row, rewards] : rows) {
    Json line = row.record;
    line["judge_name"] = "reward_model";
    line["judgments"] = {judgment(rewards[0], rewards[1]), judgment(rewards[1], rewards[0])};
    lines += line.dump() + "\n";
  }
  return lines;
}

}  // namespace laurel
