// Scores by several annotators over a whole source: their names, scaling, agreement.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "data/records/annotator_scores.h"
#include "data/sources/source.h"

namespace laurel {

// Numbers annotators over a whole source, in the order in which rows name them.
class AnnotatorNames {
 public:
  // `annotator_scores` with the numbers of the source in place of indices into the row's list.
  AnnotatorScores with_source_numbers(AnnotatorScores annotator_scores,
                                      const std::vector<std::string>& of_row);

  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
  std::map<std::string, int32_t> numbers_;
};

// What scaling by annotator does.
struct AnnotatorReport {
  int64_t annotators = 0;  // different ones, over all attributes
  int64_t unscaled = 0;    // annotators of an attribute that gave a single score, which stays
  int64_t centred = 0;     // whose scores are only shifted, because they are all equal
};

// center: x - mean of the annotator + mean of all. standardize: (x - mean of the annotator) /
// deviation of the annotator * deviation of all + mean of all. By attribute; deviations with 1/n.
class AnnotatorScales {
 public:
  explicit AnnotatorScales(AnnotatorScaling scaling) : scaling_(scaling) {}

  // First all rows are added, whose every rating has an annotator; then each can be scaled.
  void add(const AnnotatorScores& row);
  void scale(AnnotatorScores& row) const;

  AnnotatorReport report() const;
  std::string text() const;  // equal for equal scales

 private:
  AnnotatorScaling scaling_;
  std::map<std::pair<int32_t, int32_t>, RunningMoments> own_;  // by attribute and annotator
  std::map<int32_t, RunningMoments> all_;                      // by attribute
};

// Inter-annotator agreement on one attribute.
struct Agreement {
  int64_t annotators = 0;       // different ones; 0 where rows do not say who
  int64_t responses = 0;        // with two ratings or more: the others say nothing
  double deviation = 0;         // mean over the responses of the deviation of their ratings
  std::optional<double> alpha;  // Krippendorff's, interval; none where all ratings are equal
};

// Krippendorff's alpha = 1 - D_o / D_e. D_o: the mean squared difference of two ratings of one
// response, each response's mean counted by its number of ratings; D_e: that of any two ratings of
// all these responses (Krippendorff, Content Analysis, 2004, chapter 11).
class AgreementTally {
 public:
  explicit AgreementTally(int32_t attribute) : attribute_(attribute) {}

  void add(const AnnotatorScores& row);
  Agreement agreement() const;

 private:
  int32_t attribute_;
  std::set<int32_t> annotators_;
  RunningMoments all_;
  int64_t responses_ = 0;
  double within_ = 0, deviations_ = 0;
};

}  // namespace laurel
