// RMB (Zhou et al. 2024, arXiv 2410.09893): pairs and best of N, of helpfulness and of harmlessness.
//
// A pair is right if the chosen answer has the larger reward, a list if the best answer has a larger
// reward than each of the others; equal rewards are wrong. The four sections are means over rows, the
// total is the mean of the four.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "eval/benchmarks/benchmark_row.h"

namespace laurel {

struct Rmb {
  static constexpr const char* name = "rmb";
  static constexpr const char* layout =
      "the messages \"conversation_input\", the string \"category_path\" "
      "(Pairwise_set/Helpfulness/...), and \"chosen\" and \"reject\" or \"bon_best\" and the list "
      "\"loser_list\", objects with \"answer\"";

  static constexpr std::array<int64_t, 3> rows{20917, 17131, 3786};  // all, pairs, best of N

  // Throws Error (data) that starts with `where`.
  static BenchmarkRow read(const Json& row, const std::string& where);

  // The first is that of the total and the sections.
  static std::vector<BenchmarkSet> sets(const std::vector<ScoredBenchmarkRow>& rows);

  // The benchmark's own file of results of pairs: "chosen_reward", "reject_reward" and "is_correct" of each. There
  // is none for lists: theirs are "best_reward", "loser_rewards" and "is_correct".
  static std::string results(const std::vector<ScoredBenchmarkRow>& rows, const std::string& model);
};

}  // namespace laurel
