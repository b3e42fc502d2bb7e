// Published benchmarks of reward models: a closed variant of structs, each with its name, its layout
// of rows, and what the rewards of all answers make of it.
//
// To add one: a struct like RewardBench in eval/benchmarks/NAME.{h,cpp}, its place in `Benchmark`,
// and its own scoring code in scripts/make_golden_benchmarks.py.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "eval/benchmarks/benchmark_row.h"
#include "eval/benchmarks/judge_bench.h"
#include "eval/benchmarks/reward_bench.h"
#include "eval/benchmarks/reward_bench_2.h"
#include "eval/benchmarks/rm_bench.h"
#include "eval/benchmarks/rmb.h"
#include "eval/report.h"

namespace laurel {

using Benchmark = std::variant<RewardBench, RewardBench2, RmBench, JudgeBench, Rmb>;

// Throws Error (usage) that starts with `where` and lists the names.
Benchmark benchmark_named(const std::string& name, const std::string& where);

std::string benchmark_name(const Benchmark& benchmark);

// How many rows the published files have, each of which may be given alone.
std::vector<int64_t> published_rows(const Benchmark& benchmark);

// Throws Error (data) that starts with `where`, and says which benchmark's row it is, if another's.
BenchmarkRow read_benchmark_row(const Benchmark& benchmark, const Json& row,
                                const std::string& where);

// What is suspicious between rows: ids that are there twice, and what the benchmark has not. Throws
// Error (data) for what its rules do not cover.
std::vector<std::string> check_benchmark_rows(const Benchmark& benchmark,
                                              std::span<const BenchmarkRow> rows);

// Scores of the whole and of its parts: the first set has the total. A part without rows is not
// defined, and neither is what needs it.
std::vector<BenchmarkSet> benchmark_sets(const Benchmark& benchmark,
                                         const std::vector<ScoredBenchmarkRow>& rows);

// What the benchmark's own program writes about a model, or as near to it as rewards allow.
std::string benchmark_results(const Benchmark& benchmark,
                              const std::vector<ScoredBenchmarkRow>& rows,
                              const std::string& model);

// Scores with bootstrap intervals, of one row or more.
Evaluation benchmark_evaluation(const Benchmark& benchmark,
                                const std::vector<ScoredBenchmarkRow>& rows);

}  // namespace laurel
