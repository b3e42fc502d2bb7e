// Asks the alternative, and makes an evaluation of its sets.
#include "eval/benchmarks/benchmark.h"

#include <map>

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

std::vector<std::string> repeated_ids(std::span<const BenchmarkRow> rows) {
  std::map<std::string, std::string> places;
  int64_t count = 0;
  std::string first;
  for (const BenchmarkRow& row : rows) {
    if (row.id.empty()) continue;
    const auto [place, is_new] = places.try_emplace(row.id, row.where);
    if (is_new || count++ > 0) continue;
    first = str(row.where, ", ", row.id, ", as ", place->second);
  }
  if (count == 0) return {};
  return {str(count_text(count, "row"), " with the id of another one, the first: ", first,
              "; is a file given twice?")};
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

std::vector<int64_t> published_rows(const Benchmark& benchmark) {
  return std::visit(
      [](const auto& of) { return std::vector<int64_t>(of.rows.begin(), of.rows.end()); },
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

std::vector<std::string> check_benchmark_rows(const Benchmark& benchmark,
                                              std::span<const BenchmarkRow> rows) {
  return std::visit(
      [&]<class T>(const T&) {
        if constexpr (requires { T::check(rows); }) T::check(rows);
        std::vector<std::string> remarks = repeated_ids(rows);
        if constexpr (requires { T::remarks(rows); }) {
          for (std::string& remark : T::remarks(rows)) remarks.push_back(std::move(remark));
        }
        return remarks;
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
    std::vector<Origin> own = origins;
    if (set.rows) {
      own.clear();
      for (const size_t row : *set.rows) own.push_back(origins[row]);
    }
    const std::string title = str(count_text(std::ssize(own), "row"), set.title.empty() ? "" : " ");
    evaluation.sets.push_back(summarise(set.name, title + set.title, set.metrics, own));
  }
  return evaluation;
}

}  // namespace laurel
