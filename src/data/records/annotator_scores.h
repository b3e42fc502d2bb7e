// Scores of a response by several annotators, and the ratings that they become.
#pragma once

#include <cstdint>
#include <vector>

#include "data/group.h"

namespace laurel {

// One annotator's score of a response.
struct AnnotatorScore {
  int32_t entry = 0;  // position in the row's list
  int32_t attribute = 0;
  int32_t annotator = -1;  // -1: the row does not say who
  float score = 0;
};

// All annotators' scores of a row, and its weight. A row without lists has none.
struct AnnotatorScores {
  std::vector<AnnotatorScore> scores;
  float weight = 1;
};

// Mean and squared differences of numbers, taken one by one, in one pass in double (Welford 1962):
// large offsets cost no digits.
struct RunningMoments {
  int64_t count = 0;
  double mean = 0, squares = 0;  // squares: sum of (x - mean)^2

  void add(double x);
  double deviation(int64_t less = 0) const;  // sqrt(squares / (count - less))

  void fields(auto& visit) {
    visit(count);
    visit(mean);
    visit(squares);
  }
};

// Of the numbers of both (Chan, Golub and LeVeque 1979).
RunningMoments sum_of(const RunningMoments& a, const RunningMoments& b);

// Of the scores of an attribute.
RunningMoments moments_of(const AnnotatorScores& annotator_scores, int32_t attribute);

// By attribute the mean of the scores, their number times the weight, and their
// deviation sqrt(sum (x - mean)^2 / (n - 1)), -1 for a single one.
Ratings mean_ratings(const AnnotatorScores& annotator_scores, int64_t attributes);

// One loss term for each entry with a score, all at the response's only position.
Ratings ratings_of_each(const AnnotatorScores& annotator_scores, int64_t attributes);

}  // namespace laurel
