// Outcomes made by the formulas of oracle.py: with ties in scores, predictions and rewards.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "eval/bootstrap.h"
#include "eval/list_metrics.h"
#include "eval/pair_metrics.h"
#include "eval/rating_metrics.h"
#include "eval/segment_metrics.h"

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

// The same pairs by another model: by a third one with another shift.
inline std::vector<PairOutcome> pairs_of_another(int n, double shift = 0.4) {
  std::vector<PairOutcome> outcomes = pairs(n);
  for (int i = 0; i < n; ++i) {
    outcomes[i].better = std::nearbyint(std::sin(i * 0.9 + shift) * 8) / 4 + 0.5;
    outcomes[i].worse = std::nearbyint(std::cos(i * 2.3 + shift) * 8) / 4;
  }
  return outcomes;
}

// Targets 1, 1/2 (no winner), 3/4 and 0.6.
inline std::vector<PairOutcome> soft_pairs(int n) {
  std::vector<PairOutcome> outcomes = pairs(n);
  for (int i = 0; i < n; ++i) {
    outcomes[i].target = i % 4 == 0 ? 1 : i % 4 == 1 ? 0.5 : i % 4 == 2 ? 0.75 : 0.6;
  }
  return outcomes;
}

// Labels 0 and 1 with predictions in 0..1 that have ties.
inline std::vector<RatingOutcome> labels(int n) {
  std::vector<RatingOutcome> outcomes;
  for (int i = 0; i < n; ++i) {
    const double label = i * 7 % 5 < 2 ? 1 : 0;
    outcomes.push_back(
        {.score = label,
         .prediction = 0.45 + 0.1 * label + std::nearbyint(std::sin(i * 1.7) * 4) / 10});
  }
  return outcomes;
}

inline std::vector<DeviationOutcome> stated(int n) {
  std::vector<DeviationOutcome> outcomes;
  for (int i = 0; i < n; ++i) {
    outcomes.push_back(
        {.error = std::sin(i * 1.3) * (1 + i % 3),
         .deviation = 0.5 + (i * 5 % 4) * 0.25 + 0.25 * (i % 3),
         .annotator_deviation = i % 5 == 4 ? -1.0 : (i * 3 % 4) / 2.0 + 0.25 * (i % 3)});
  }
  return outcomes;
}

// Lists of 2 to 6 responses with ties in ranks and rewards; ranks by falling score.
inline std::vector<ListOutcome> lists(int n) {
  std::vector<ListOutcome> outcomes;
  for (int i = 0; i < n; ++i) {
    ListOutcome list;
    for (int k = 0; k < 2 + i % 5; ++k) {
      list.score.push_back((i + 1 + k * (2 + i % 3)) % 4 - 1.0);
      list.reward.push_back(std::nearbyint(std::sin(i * 2.1 + k * 1.3) * 3) / 2);
      list.length.push_back((i * 5 + k * 7) % 6);
    }
    for (const double score : list.score) {
      int32_t rank = 1;
      for (const double other : list.score) rank += other > score;
      list.rank.push_back(rank);
    }
    outcomes.push_back(list);
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

inline MetricValues of(const std::vector<PairOutcome>& outcomes) {
  return pair_metrics(outcomes).values(once(outcomes.size()));
}

inline MetricValues of(const std::vector<RatingOutcome>& outcomes) {
  return rating_metrics(outcomes).values(once(outcomes.size()));
}

// Outcome i stands i % 4 times in the list.
template <class T>
std::vector<T> repeated(const std::vector<T>& outcomes) {
  std::vector<T> result;
  for (size_t i = 0; i < outcomes.size(); ++i) result.insert(result.end(), i % 4, outcomes[i]);
  return result;
}

inline std::vector<double> repeats(size_t n) {
  std::vector<double> weight;
  for (size_t i = 0; i < n; ++i) weight.push_back(static_cast<double>(i % 4));
  return weight;
}

inline void expect_values(const MetricValues& values, const std::vector<double>& expected) {
  ASSERT_EQ(values.size(), expected.size());
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_THAT(values[i], testing::Optional(testing::DoubleNear(expected[i], 1e-12)))
        << "metric " << i;
  }
}

}  // namespace laurel
