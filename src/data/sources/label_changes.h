// What becomes of the labels of training rows between their file and the loss. It is done when a row
// is read, so that the file of its tokens serves all options of this kind.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/sources/annotators.h"
#include "data/sources/loaded_row.h"
#include "data/sources/source.h"

namespace laurel {

// In this order.
struct LabelChanges {
  // Of sources of scores: the scores of several annotators become ratings.
  bool gathers = false;
  Annotators annotators = Annotators::mean;
  size_t attributes = 1;
  std::shared_ptr<const AnnotatorScales> scales = nullptr;   // none: scores stay
  std::vector<std::vector<int32_t>> annotator_numbers = {};  // by file, in scales
  std::vector<float> attribute_weights = {};                 // by attribute; {}: all 1
  bool counts_by_group = false;                              // of segments
  std::vector<Scaling> scaling = {};                         // by attribute; {}: none

  // `file`: which of the split's.
  void apply(LoadedRow& row, size_t file) const;
  void number_annotators(AnnotatorScores& scores, size_t file) const;  // by annotator_numbers

  bool none() const {  // every label stays as it is
    return !gathers && attribute_weights.empty() && !counts_by_group && scaling.empty();
  }

  // What they do, as text: equal for equal changes.
  std::string text() const;
};

}  // namespace laurel
