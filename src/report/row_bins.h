// Bins of rows: of equal numbers of rows, and of equal width.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "report/eval_rows.h"

namespace laurel {

// What the model said with some confidence, and how often people agree.
struct StatedConfidence {
  double confidence, agreement;
};

// An answer with its reward, in one of the classes.
struct JudgedAnswer {
  size_t of_class;
  double length, reward;
};

// In the order of confidence, of numbers of rows that differ by one at most: ten bins, or fewer so
// that each has ten rows.
std::vector<ReliabilityBin> reliability_bins(std::vector<StatedConfidence> stated);

// In the order of length, as above.
std::vector<LengthBin> length_bins(std::vector<JudgedAnswer> answers);

// Fills the histogram, the points and the lengths of `rows`, whose classes have their names.
void add_answers(EvaluatedRows& rows, const std::vector<JudgedAnswer>& answers);

}  // namespace laurel
