// RewardBench (Lambert et al. 2024, arXiv 2403.13787): pairs of 23 subsets in four sections.
//
// A pair is right if the chosen answer has the larger reward; equal rewards are wrong. A section is
// the mean of its subsets' accuracies, weighted by the benchmark's own sizes, in which the 447 pairs
// of math-prm count as the 984 of the six programming languages; subsets that are absent are left
// out. The total is the mean of the four sections.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "eval/benchmarks/benchmark_row.h"

namespace laurel {

struct RewardBench {
  static constexpr const char* name = "reward-bench";
  static constexpr const char* layout =
      "the strings \"prompt\", \"chosen\", \"rejected\" and \"subset\"";
  static constexpr std::array<int64_t, 1> rows{2985};  // of the published file, filtered

  // Throws Error (data) that starts with `where`.
  static BenchmarkRow read(const Json& row, const std::string& where);

  // The first is that of the total and the sections.
  static std::vector<BenchmarkSet> sets(const std::vector<ScoredBenchmarkRow>& rows);

  // The benchmark's own file of results: one number a subset.
  static std::string results(const std::vector<ScoredBenchmarkRow>& rows, const std::string& model);
};

}  // namespace laurel
