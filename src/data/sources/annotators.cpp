// Scaling by annotator, and agreement.
#include "data/sources/annotators.h"

#include <c10/util/Exception.h>

#include "core/str.h"

namespace laurel {

namespace {

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

void AnnotatorScales::add(const AnnotatorScores& row) {
  for (const AnnotatorScore& rating : row.scores) {
    TORCH_INTERNAL_ASSERT(rating.annotator >= 0, "ratings without annotators are refused");
    own_[{rating.attribute, rating.annotator}].add(rating.score);
    all_[rating.attribute].add(rating.score);
  }
}

void AnnotatorScales::scale(AnnotatorScores& row) const {
  if (scaling_ == AnnotatorScaling::none) return;
  for (AnnotatorScore& rating : row.scores) {
    rating.score =
        static_cast<float>(scaled(rating.score, own_.at({rating.attribute, rating.annotator}),
                                  all_.at(rating.attribute), scaling_));
  }
}

AnnotatorReport AnnotatorScales::report() const {
  AnnotatorReport report;
  std::set<int32_t> annotators;
  for (const auto& [key, moments] : own_) {
    annotators.insert(key.second);
    report.unscaled += moments.count == 1;
    report.centred += moments.count > 1 && moments.deviation() == 0;
  }
  report.annotators = static_cast<int64_t>(annotators.size());
  return report;
}

std::string AnnotatorScales::text() const {
  std::string text = str(static_cast<int>(scaling_));
  for (const auto& [key, of] : own_) {
    text += str(" ", key.first, " ", key.second, " ", of.count, " ", of.mean, " ", of.squares);
  }
  return text;
}

void AgreementTally::add(const AnnotatorScores& row) {
  const RunningMoments moments = moments_of(row, attribute_);
  for (const AnnotatorScore& rating : row.scores) {
    if (rating.attribute != attribute_) continue;
    if (rating.annotator >= 0) annotators_.insert(rating.annotator);
    if (moments.count > 1) all_.add(rating.score);
  }
  if (moments.count < 2) return;
  ++responses_;
  deviations_ += moments.deviation(1);
  // The mean squared difference of two ratings of n is 2 sum (x - mean)^2 / (n - 1).
  within_ += 2 * moments.squares * static_cast<double>(moments.count) /
             static_cast<double>(moments.count - 1);
}

Agreement AgreementTally::agreement() const {
  Agreement agreement{.annotators = static_cast<int64_t>(annotators_.size()),
                      .responses = responses_,
                      .alpha = std::nullopt};
  if (responses_ == 0) return agreement;
  agreement.deviation = deviations_ / static_cast<double>(responses_);
  const auto n = static_cast<double>(all_.count);
  const double observed = within_ / n, expected = 2 * all_.squares / (n - 1);
  if (expected > 0) agreement.alpha = 1 - observed / expected;
  return agreement;
}

}  // namespace laurel
