// Label skew: what labels go along with besides quality: the length of a response, its position, the
// slice of a row, the person who labelled it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "curation/finding.h"
#include "curation/rows.h"

namespace laurel {

// Rows of a source, or those of one value of a slice or one annotator.
struct LabelGroup {
  std::string source;
  std::string field, value;  // "" for the whole source; "annotator" for who labelled the rows
  // Of judgements without ties, equal lengths left out: the better response is longer.
  Share longer;
  // Of pairs whose row does not say by its order who is better: the first is better.
  Share first;
  // Of rows with one score: how many, mean, deviation; the first attribute's.
  int64_t scores = 0;
  double mean = 0, deviation = 0;
  // Spearman's correlation of score and length of the response.
  std::optional<double> length_correlation;
};

// By source the whole, then each value of each slice, then each annotator.
std::vector<LabelGroup> label_groups(const CurationRows& rows);

// What of them is skewed.
std::vector<Finding> skew_findings(const std::vector<LabelGroup>& groups);

}  // namespace laurel
