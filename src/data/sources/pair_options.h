// The options of pairs that are made of scores.
#pragma once

#include <array>
#include <cstdint>

#include "core/options.h"

namespace laurel {

enum class PairMargin { none, gap };
constexpr auto enum_names(PairMargin) { return std::array{"none", "gap"}; }

enum class PairWeight { prompt, pair };
constexpr auto enum_names(PairWeight) { return std::array{"prompt", "pair"}; }

// Pairs of the responses of one prompt whose scores differ.
struct PairsFromScores {
  double min_gap = 0;
  PairMargin margin = PairMargin::none;
  PairWeight weight = PairWeight::prompt;
  int64_t max_responses = 16;

  void fields(auto& visit) {
    visit("min_gap", min_gap,
          "Least difference of two scores that makes a pair; equal scores never do.",
          Range{.min = 0});
    visit("margin", margin, "gap: the difference of the scores is the pair's margin.");
    visit("weight", weight,
          "prompt: the pairs of a prompt weigh together as much as one pair; pair: each counts by "
          "itself. Either way a pair's weight is multiplied by the mean weight of its two rows.");
    visit(
        "max_responses", max_responses,
        "Most responses of a prompt; if there are more, a fixed random subset of this size is used.",
        Range{.min = 2, .max = 1024});
  }
  bool operator==(const PairsFromScores&) const = default;
};

}  // namespace laurel
