// Bins of rows: of equal numbers of rows, and of equal width.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "eval/calibration.h"
#include "report/eval_rows.h"

namespace laurel {

// An answer with its reward, in one of the classes.
struct JudgedAnswer {
  size_t of_class;
  double length, reward;
};

// In the bins of equal_mass_bins(), in the order of confidence.
std::vector<ReliabilityBin> reliability_bins(std::span<const Forecast> forecasts);

// In the order of length, of numbers of answers that differ by one at most: ten bins, or fewer so
// that each has ten answers.
std::vector<LengthBin> length_bins(std::vector<JudgedAnswer> answers);

// Fills the histogram, the points and the lengths of `rows`, whose classes have their names.
void add_answers(EvaluatedRows& rows, const std::vector<JudgedAnswer>& answers);

}  // namespace laurel
