// Benchmarks score 100 files of random rewards as their own code does
// (scripts/make_golden_benchmarks.py, which also made the rows).
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "core/files.h"
#include "core/random.h"
#include "core/str.h"
#include "eval/benchmarks/benchmark.h"

namespace laurel::test::benchmark_golden_test {
namespace {

const std::string kFolder = LAUREL_SOURCE_DIR "/tests/golden/benchmarks/";

// Of a JSON list, or of lines.
std::vector<Json> rows_in(const std::string& file) {
  const std::string text = read_file(kFolder + file);
  if (text.starts_with('[')) {
    return parse_json(text, file, ErrorKind::data).get<std::vector<Json>>();
  }
  std::vector<Json> rows;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    rows.push_back(parse_json(text.substr(begin, end - begin), file, ErrorKind::data));
    begin = end + 1;
  }
  return rows;
}

std::vector<BenchmarkRow> benchmark_rows(const Benchmark& benchmark, const Json& files) {
  std::vector<BenchmarkRow> rows;
  for (const Json& file : files) {
    for (const Json& row : rows_in(file)) {
      rows.push_back(read_benchmark_row(benchmark, row, str(file.get<std::string>(), ":", 1)));
    }
  }
  return rows;
}

// As the script's rewards_of.
std::vector<ScoredBenchmarkRow> with_rewards(const std::vector<BenchmarkRow>& rows, uint64_t file) {
  const uint64_t levels = file % 2 == 0 ? 9 : 2001;
  const double better = static_cast<double>(file % 4 * levels) / 32;
  std::vector<ScoredBenchmarkRow> scored;
  for (size_t i = 0; i < rows.size(); ++i) {
    scored.push_back({.row = rows[i], .rewards = {}});
    for (size_t k = 0; k < rows[i].answers.size(); ++k) {
      const uint64_t level = (mix64(1000003 * file + 101 * i + k) >> 32) % levels;
      scored.back().rewards.push_back(static_cast<double>(level) / 8 +
                                      (rows[i].right[k] ? better : 0));
    }
  }
  return scored;
}

// By "NAME" in the first set, by "SET/NAME" in the others.
std::map<std::string, double> values_of(const Benchmark& benchmark,
                                        const std::vector<ScoredBenchmarkRow>& rows) {
  std::map<std::string, double> values;
  for (const BenchmarkSet& set : benchmark_sets(benchmark, rows)) {
    const std::string place = values.empty() ? "" : str(set.name, "/");
    const std::vector<double> once(outcomes_of(set, rows.size()), 1.0);
    const MetricValues of = set.metrics.values(once);
    for (size_t k = 0; k < of.size(); ++k) {
      if (of[k]) values[place + set.metrics.names[k]] = *of[k];
    }
  }
  return values;
}

TEST(Benchmarks, ScoreAHundredFilesOfRandomRewardsAsTheirOwnCodeDoes) {
  const Json cases = parse_json(read_file(kFolder + "scores.json"), "scores.json", ErrorKind::data);
  ASSERT_EQ(cases.size(), 6u);
  for (const Json& golden : cases) {
    const std::string name = golden["benchmark"];
    const Benchmark benchmark = benchmark_named(name, "scores.json");
    const std::vector<BenchmarkRow> rows = benchmark_rows(benchmark, golden["files"]);
    check_benchmark_rows(benchmark, rows);
    for (uint64_t file = 0; file < 100; ++file) {
      const auto found = values_of(benchmark, with_rewards(rows, file));
      for (const auto& [metric, expected] : golden["scores"].items()) {
        ASSERT_TRUE(found.contains(metric)) << name << ": " << metric;
        EXPECT_NEAR(found.at(metric), expected[file].get<double>(), 1e-11)
            << name << ": " << metric << " of file " << file;
      }
    }
  }
}

}  // namespace
}  // namespace laurel::test::benchmark_golden_test
