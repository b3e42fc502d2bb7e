// Aggregation of one response's scores.
#include "data/records/annotator_scores.h"

#include <cmath>
#include <map>

namespace laurel {

void RunningMoments::add(double x) {
  const double before = x - mean;
  mean += before / static_cast<double>(++count);
  squares += before * (x - mean);
}

double RunningMoments::deviation(int64_t less) const {
  return count > less ? std::sqrt(squares / static_cast<double>(count - less)) : 0;
}

RunningMoments sum_of(const RunningMoments& a, const RunningMoments& b) {
  if (a.count == 0) return b;
  if (b.count == 0) return a;
  const auto of_a = static_cast<double>(a.count), of_b = static_cast<double>(b.count);
  const double apart = b.mean - a.mean, all = of_a + of_b;
  return {.count = a.count + b.count,
          .mean = a.mean + apart * of_b / all,
          .squares = a.squares + b.squares + apart * apart * of_a * of_b / all};
}

RunningMoments moments_of(const AnnotatorScores& annotator_scores, int32_t attribute) {
  RunningMoments moments;
  for (const AnnotatorScore& rating : annotator_scores.scores) {
    if (rating.attribute == attribute) moments.add(rating.score);
  }
  return moments;
}

Ratings mean_ratings(const AnnotatorScores& annotator_scores, int64_t attributes) {
  Ratings scores{.score = {}, .weight = {}};
  for (int32_t attribute = 0; attribute < attributes; ++attribute) {
    const RunningMoments moments = moments_of(annotator_scores, attribute);
    scores.score.push_back(static_cast<float>(moments.mean));
    scores.weight.push_back(static_cast<float>(moments.count) * annotator_scores.weight);
    const double deviation = moments.count > 1 ? moments.deviation(1) : -1;
    scores.deviation.push_back(static_cast<float>(deviation));
  }
  return scores;
}

Ratings ratings_of_each(const AnnotatorScores& annotator_scores, int64_t attributes) {
  std::map<int32_t, size_t> terms;  // by entry, in their order
  for (const AnnotatorScore& rating : annotator_scores.scores) terms[rating.entry] = 0;
  size_t count = 0;
  for (auto& [entry, term] : terms) term = count++;
  const size_t cells = count * static_cast<size_t>(attributes);
  Ratings scores{.score = std::vector<float>(cells), .weight = std::vector<float>(cells)};
  scores.positions.assign(count, 0);
  for (const AnnotatorScore& rating : annotator_scores.scores) {
    const size_t cell = terms.at(rating.entry) * static_cast<size_t>(attributes) + rating.attribute;
    scores.score[cell] = rating.score;
    scores.weight[cell] = annotator_scores.weight;
  }
  return scores;
}

}  // namespace laurel
