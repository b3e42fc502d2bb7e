// Scaling by annotator, and agreement.
#include "data/sources/annotators.h"

#include <c10/util/Exception.h>

#include <map>
#include <set>
#include <utility>

namespace laurel {

namespace {

using ByAnnotator = std::map<std::pair<int32_t, int32_t>, RunningMoments>;  // attribute, annotator

double scaled(double score, const RunningMoments& own, const RunningMoments& all,
              AnnotatorScaling scaling) {
  if (own.count == 1) return score;
  const bool scales = scaling == AnnotatorScaling::standardize && own.deviation() > 0;
  const double factor = scales ? all.deviation() / own.deviation() : 1;
  return (score - own.mean) * factor + all.mean;
}

}  // namespace

AnnotatorScores AnnotatorNames::with_source_numbers(AnnotatorScores annotator_scores,
                                                    const std::vector<std::string>& of_row) {
  for (AnnotatorScore& rating : annotator_scores.scores) {
    if (rating.annotator < 0) continue;
    const std::string& name = of_row[static_cast<size_t>(rating.annotator)];
    const auto next = static_cast<int32_t>(names_.size());
    const auto [known, is_new] = numbers_.try_emplace(name, next);
    if (is_new) names_.push_back(name);
    rating.annotator = known->second;
  }
  return annotator_scores;
}

AnnotatorReport scale_annotators(std::span<AnnotatorScores* const> rows, AnnotatorScaling scaling) {
  ByAnnotator own;
  std::map<int32_t, RunningMoments> all;
  std::set<int32_t> annotators;
  for (const AnnotatorScores* row : rows) {
    for (const AnnotatorScore& rating : row->scores) {
      TORCH_INTERNAL_ASSERT(rating.annotator >= 0, "ratings without annotators are refused");
      own[{rating.attribute, rating.annotator}].add(rating.score);
      all[rating.attribute].add(rating.score);
      annotators.insert(rating.annotator);
    }
  }
  AnnotatorReport report{.annotators = static_cast<int64_t>(annotators.size())};
  for (const auto& [key, moments] : own) {
    report.unscaled += moments.count == 1;
    report.centred += moments.count > 1 && moments.deviation() == 0;
  }
  if (scaling == AnnotatorScaling::none) return report;
  for (AnnotatorScores* row : rows) {
    for (AnnotatorScore& rating : row->scores) {
      rating.score =
          static_cast<float>(scaled(rating.score, own.at({rating.attribute, rating.annotator}),
                                    all.at(rating.attribute), scaling));
    }
  }
  return report;
}

Agreement agreement_of(std::span<const AnnotatorScores* const> rows, int32_t attribute) {
  Agreement agreement;
  std::set<int32_t> annotators;
  RunningMoments all;
  double within = 0, deviations = 0;
  for (const AnnotatorScores* row : rows) {
    const RunningMoments moments = moments_of(*row, attribute);
    for (const AnnotatorScore& rating : row->scores) {
      if (rating.attribute != attribute) continue;
      if (rating.annotator >= 0) annotators.insert(rating.annotator);
      if (moments.count > 1) all.add(rating.score);
    }
    if (moments.count < 2) continue;
    ++agreement.responses;
    deviations += moments.deviation(1);
    // The mean squared difference of two ratings of n is 2 sum (x - mean)^2 / (n - 1).
    within += 2 * moments.squares * static_cast<double>(moments.count) /
              static_cast<double>(moments.count - 1);
  }
  agreement.annotators = static_cast<int64_t>(annotators.size());
  if (agreement.responses == 0) return agreement;
  agreement.deviation = deviations / static_cast<double>(agreement.responses);
  const auto n = static_cast<double>(all.count);
  const double observed = within / n, expected = 2 * all.squares / (n - 1);
  if (expected > 0) agreement.alpha = 1 - observed / expected;
  return agreement;
}

}  // namespace laurel
