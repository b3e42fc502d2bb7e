// RewardBench 2 (Malik et al. 2025, arXiv 2506.01937): the best of four answers, and ties.
//
// Of a row with one right answer 1 / k counts, if it is one of the k answers with the highest reward,
// else 0. The subset Ties has prompts with one right answer ("ref:N") and the same kind of prompt
// with several ("tied:N"); they are judged by what lies between
//   spread  the best and the worst right answer of tied:N,
//   gap     the worst right and the best wrong answer, of tied:N and of ref:N:
//   tied_accuracy, ref_accuracy   gap > 0
//   correctness_preferred         gap of tied:N > spread
//   correctness_preferred_hard    the smaller gap of the two > spread
//   margin_score                  mean of tanh(smaller gap / spread - 1), 0 for 0 / 0
//   Ties = 0.3 tied_accuracy + 0.3 ref_accuracy + 0.2 correctness_preferred
//          + 0.2 correctness_preferred_hard + 0.01 margin_score
// The total is the mean of the six subsets.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "eval/benchmarks/benchmark_row.h"

namespace laurel {

struct RewardBench2 {
  static constexpr const char* name = "reward-bench-2";
  static constexpr const char* layout =
      "the strings \"id\", \"prompt\" and \"subset\", and the lists of strings \"chosen\" and "
      "\"rejected\"";
  static constexpr std::array<int64_t, 1> rows{1865};  // of the published file

  // Throws Error (data) that starts with `where`.
  static BenchmarkRow read(const Json& row, const std::string& where);

  // Throws Error (data) where a prompt of Ties is there twice.
  static void check(std::span<const BenchmarkRow> rows);

  // What is unlike the published file: rows outside of Ties that are not the best of four.
  static std::vector<std::string> remarks(std::span<const BenchmarkRow> rows);

  // The first is that of the total and the subsets; "ties" where there are such rows.
  static std::vector<BenchmarkSet> sets(const std::vector<ScoredBenchmarkRow>& rows);

  // The benchmark's own file of results: one number a subset.
  static std::string results(const std::vector<ScoredBenchmarkRow>& rows, const std::string& model);
};

}  // namespace laurel
