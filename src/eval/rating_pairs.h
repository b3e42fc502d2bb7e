// Pairs that ratings imply: two ratings of one prompt with different scores.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace laurel {

struct RatingPairs {
  std::vector<std::array<int32_t, 2>> pairs;  // (better, worse): positions in the lists given
  int64_t possible = 0;                       // all of them; more than pairs.size() if sampled
};

// All such pairs, or `limit` different ones drawn uniformly with a fixed seed where there are more:
// n ratings of one prompt make up to n (n - 1) / 2. score and prompt: one per rating.
RatingPairs pairs_of_ratings(std::span<const double> score, std::span<const uint64_t> prompt,
                             int64_t limit);

}  // namespace laurel
