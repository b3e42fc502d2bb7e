// Asks the alternative, and makes an evaluation of its sets.
#include "eval/benchmarks/benchmark.h"

#include "core/checksum.h"
#include "core/error.h"
#include "core/option_types.h"
#include "core/str.h"
#include "eval/summarise.h"

namespace laurel {

namespace {

// The name of another benchmark that has such rows; "" if there is none.
std::string name_of_other(const Json& row, const std::string& where) {
  std::string name;
  for_each_alternative<Benchmark>([&](auto other) {
    try {
      other.read(row, where);
      name = other.name;
    } catch (const Error&) {  // not a row of this one
    }
  });
  return name;
}

std::vector<Origin> origins_of(const std::vector<ScoredBenchmarkRow>& rows) {
  std::vector<Origin> origins;
  for (size_t i = 0; i < rows.size(); ++i) {
    origins.push_back({.prompt = checksum64(rows[i].row.unit),
                       .responses = {i, i},
                       .group = static_cast<int64_t>(i)});
  }
  return origins;
}

std::vector<double> all_rewards(const std::vector<ScoredBenchmarkRow>& rows) {
  std::vector<double> all;
  for (const ScoredBenchmarkRow& of : rows) {
    all.insert(all.end(), of.rewards.begin(), of.rewards.end());
  }
  return all;
}

}  // namespace

Benchmark benchmark_named(const std::string& name, const std::string& where) {
  std::optional<Benchmark> benchmark;
  for_each_alternative<Benchmark>([&](auto alternative) {
    if (name == alternative.name) benchmark = alternative;
  });
  if (benchmark) return *benchmark;
  throw Error{ErrorKind::usage, str(where, ": found \"", name, "\", expected one of: ",
                                    join(alternative_names<Benchmark>(), ", "))};
}

std::string benchmark_name(const Benchmark& benchmark) {
  return std::visit([](const auto& of) -> std::string { return of.name; }, benchmark);
}

std::optional<int64_t> published_rows(const Benchmark& benchmark) {
  return std::visit(
      []<class T>(const T&) -> std::optional<int64_t> {
        if constexpr (requires { T::rows; }) return T::rows;
        return std::nullopt;
      },
      benchmark);
}

BenchmarkRow read_benchmark_row(const Benchmark& benchmark, const Json& row,
                                const std::string& where) {
  try {
    return std::visit([&](const auto& of) { return of.read(row, where); }, benchmark);
  } catch (const Error& error) {
    const std::string other = name_of_other(row, where);
    if (other.empty()) throw;
    throw Error{error.kind, str(error.message, "; it is a row of ", other)};
  }
}

void check_benchmark_rows(const Benchmark& benchmark, std::span<const BenchmarkRow> rows) {
  std::visit(
      [&]<class T>(const T&) {
        if constexpr (requires { T::check(rows); }) T::check(rows);
      },
      benchmark);
}

std::vector<BenchmarkSet> benchmark_sets(const Benchmark& benchmark,
                                         const std::vector<ScoredBenchmarkRow>& rows) {
  return std::visit([&](const auto& of) { return of.sets(rows); }, benchmark);
}

std::string benchmark_results(const Benchmark& benchmark,
                              const std::vector<ScoredBenchmarkRow>& rows,
                              const std::string& model) {
  return std::visit([&](const auto& of) { return of.results(rows, model); }, benchmark);
}

Evaluation benchmark_evaluation(const Benchmark& benchmark,
                                const std::vector<ScoredBenchmarkRow>& rows) {
  Evaluation evaluation{.source = benchmark_name(benchmark),
                        .n = static_cast<int64_t>(rows.size()),
                        .reasons = {},
                        .rewards = reward_moments(all_rewards(rows)),
                        .sets = {},
                        .slices = {}};
  const std::vector<Origin> origins = origins_of(rows);
  for (const BenchmarkSet& set : benchmark_sets(benchmark, rows)) {
    const std::string title = str(count_text(evaluation.n, "row"), set.title.empty() ? "" : " ");
    evaluation.sets.push_back(summarise(set.name, title + set.title, set.metrics, origins));
  }
  return evaluation;
}

}  // namespace laurel
