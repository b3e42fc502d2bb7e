// Scores of one response by several annotators: scaled by annotator, gathered into units, compared.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/group.h"
#include "data/source.h"

namespace laurel {

// One annotator's score of a response.
struct Rating {
  int32_t entry = 0;  // position in the row's list
  int32_t attribute = 0;
  int32_t annotator = -1;  // -1: the row does not say who
  float score = 0;
};

// The ratings of a row, and its weight. A row without lists has none.
struct Rated {
  std::vector<Rating> ratings;
  float weight = 1;
};

// Numbers annotators over a whole source, in the order in which rows name them.
class AnnotatorNames {
 public:
  // `rated` with these numbers in place of positions in the row's own list.
  Rated numbered(Rated rated, const std::vector<std::string>& of_row);

  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
  std::map<std::string, int32_t> numbers_;
};

// One unit: by attribute the mean of the ratings, their number times the weight, and their
// deviation sqrt(sum (x - mean)^2 / (n - 1)), 0 for a single one.
Scores mean_scores(const Rated& rated, int64_t attributes);

// One unit for each entry with a rating, all of the response's only read.
Scores scores_of_each(const Rated& rated, int64_t attributes);

// What annotators of an attribute are brought to: those of all ratings, every rating counted once.
struct AnnotatorReport {
  int64_t annotators = 0;  // different ones, over all attributes
  int64_t kept = 0;        // annotators of an attribute whose scores stay: they gave a single one
  int64_t centred = 0;     // that are only shifted, because all their scores are equal
};

// center: x - mean of the annotator + mean of all. standardize: (x - mean of the annotator) /
// deviation of the annotator * deviation of all + mean of all. By attribute; deviations with 1/n.
// Every rating has an annotator.
AnnotatorReport scale_annotators(std::span<Rated* const> rows, AnnotatorScaling scaling);

// How far the annotators of one attribute agree.
struct Agreement {
  int64_t annotators = 0;       // different ones; 0 where rows do not say who
  int64_t responses = 0;        // with two ratings or more: the others say nothing
  double deviation = 0;         // mean over the responses of the deviation of their ratings
  std::optional<double> alpha;  // Krippendorff's, interval; none where all ratings are equal
};

// Krippendorff's alpha = 1 - D_o / D_e. D_o: the mean squared difference of two ratings of one
// response, each response's mean counted by its number of ratings; D_e: that of any two ratings of
// all these responses (Krippendorff, Content Analysis, 2004, chapter 11).
Agreement agreement_of(std::span<const Rated* const> rows, int32_t attribute);

}  // namespace laurel
