// RM-Bench (Liu et al. 2024, arXiv 2410.16184): each right answer against each wrong one, in three
// styles: concise, detailed, detailed with Markdown.
//
// Of the nine comparisons of a row, those with a better-looking right answer are easy, those in the
// same style normal, those with a better-looking wrong answer hard; three each. A comparison is right
// if the right answer has the larger reward; equal rewards are wrong. A domain is the mean of its
// easy, normal and hard accuracy; easy, normal, hard and the total are means over the four domains.
// Rows of a single domain, which need not name it: the total is the mean of the three.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "eval/benchmarks/benchmark_row.h"

namespace laurel {

struct RmBench {
  static constexpr const char* name = "rm-bench";
  static constexpr const char* layout =
      "the string \"prompt\", the lists of three strings \"chosen\" and \"rejected\", and the string "
      "\"domain\", which files of a single domain lack";
  static constexpr std::array<int64_t, 1> rows{1327};  // of total_dataset.json

  // Throws Error (data) that starts with `where`.
  static BenchmarkRow read(const Json& row, const std::string& where);

  // Throws Error (data) where some rows have a domain and others none.
  static void check(std::span<const BenchmarkRow> rows);

  // The first is that of the total, the domains, and easy, normal and hard.
  static std::vector<BenchmarkSet> sets(const std::vector<ScoredBenchmarkRow>& rows);

  // The benchmark's own file of results: the rows, with "score_chosen" and "score_rejected".
  static std::string results(const std::vector<ScoredBenchmarkRow>& rows, const std::string& model);
};

}  // namespace laurel
