// JudgeBench (Tan et al. 2024, arXiv 2410.12784): pairs whose answers are objectively right or wrong,
// shown to a judge in both orders.
//
// A judge that scores each answer alone, as a reward model does, prefers the first answer that it is
// shown if it has the larger reward, else the second. In both orders a pair is right if more of the
// two verdicts are right than wrong: equal rewards give one of each, which is not right. In the first
// order alone (the benchmark's --single_game) the second answer of equal ones is preferred.
// micro: the mean over pairs, the benchmark's "Overall"; macro: the mean of its four sources.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "eval/benchmarks/benchmark_row.h"

namespace laurel {

struct JudgeBench {
  static constexpr const char* name = "judge-bench";
  static constexpr const char* layout =
      "the strings \"question\", \"response_A\", \"response_B\" and \"source\", and the \"label\" "
      "A>B or B>A";
  // Of the answers of gpt-4o, of claude-3-5-sonnet, and of both.
  static constexpr std::array<int64_t, 3> rows{350, 270, 620};

  // Throws Error (data) that starts with `where`.
  static BenchmarkRow read(const Json& row, const std::string& where);

  // The first is in both orders.
  static std::vector<BenchmarkSet> sets(const std::vector<ScoredBenchmarkRow>& rows);

  // The benchmark's own file of results: the rows, with "judgments", one a line.
  static std::string results(const std::vector<ScoredBenchmarkRow>& rows, const std::string& model);
};

}  // namespace laurel
