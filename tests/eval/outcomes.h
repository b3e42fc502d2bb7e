// Outcomes made by formulas, the same as in oracle.py: with ties in scores, predictions and
// rewards.
#pragma once

#include <cmath>
#include <vector>

#include "eval/bootstrap.h"
#include "eval/metrics.h"

namespace laurel {

inline std::vector<RatingOutcome> ratings(int n) {
  std::vector<RatingOutcome> outcomes;
  for (int i = 0; i < n; ++i) {
    const double score = (i * 7 % 5) / 4.0;
    outcomes.push_back(
        {.score = score,
         .prediction = 0.6 * score + std::nearbyint(std::sin(i * 1.7) * 4) / 16 + 0.1});
  }
  return outcomes;
}

inline std::vector<PairOutcome> pairs(int n) {
  std::vector<PairOutcome> outcomes;
  for (int i = 0; i < n; ++i) {
    outcomes.push_back({.better = std::nearbyint(std::sin(i * 0.9) * 8) / 4 + 0.25,
                        .worse = std::nearbyint(std::cos(i * 2.3) * 8) / 4,
                        .better_length = i * 13 % 9,
                        .worse_length = i * 5 % 7});
  }
  return outcomes;
}

// Pair k is between responses k % responses and (k * 3 + 1) % responses of one prompt.
inline std::vector<Origin> origins_of_responses(int n, int responses) {
  std::vector<Origin> origins;
  for (int k = 0; k < n; ++k) {
    origins.push_back(
        {.prompt = 7, .responses = {100u + k % responses, 100u + (k * 3 + 1) % responses}});
  }
  return origins;
}

inline std::vector<double> once(size_t n) { return std::vector<double>(n, 1.0); }

}  // namespace laurel
