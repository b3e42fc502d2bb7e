// Changes of labels, one row at a time.
#include "data/sources/label_changes.h"

#include "core/str.h"
#include "data/sources/segment_weights.h"

namespace laurel {

void LabelChanges::apply(LoadedRow& row, size_t file) const {
  auto* ratings = std::get_if<Ratings>(&row.group.label);
  if (!ratings) return;
  AnnotatorScores& given = row.annotator_scores;
  if (gathers && scales) {
    number_annotators(given, file);
    scales->scale(given);
  }
  if (gathers && !given.scores.empty()) {
    const auto count = static_cast<int64_t>(attributes);
    *ratings =
        annotators == Annotators::each ? ratings_of_each(given, count) : mean_ratings(given, count);
  }
  for (size_t i = 0; !attribute_weights.empty() && i < ratings->weight.size(); ++i) {
    ratings->weight[i] *= attribute_weights[i % attribute_weights.size()];
  }
  if (counts_by_group) reweight_segments(*ratings);
  for (size_t i = 0; !scaling.empty() && i < ratings->score.size(); ++i) {
    const auto& [mean, deviation] = scaling[i % scaling.size()];
    ratings->score[i] = static_cast<float>((ratings->score[i] - mean) / deviation);
  }
}

void LabelChanges::number_annotators(AnnotatorScores& scores, size_t file) const {
  for (AnnotatorScore& rating : scores.scores) {
    if (rating.annotator < 0) continue;
    rating.annotator = annotator_numbers.at(file).at(static_cast<size_t>(rating.annotator));
  }
}

std::string LabelChanges::text() const {
  std::string text = str(gathers, " ", static_cast<int>(annotators), " ", attributes, " ",
                         counts_by_group, " ", scales ? scales->text() : "");
  for (const float weight : attribute_weights) text += str(" ", weight);
  for (const auto& [mean, deviation] : scaling) text += str(" ", mean, " ", deviation);
  return text;
}

}  // namespace laurel
