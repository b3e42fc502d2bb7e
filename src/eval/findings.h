// What an evaluation says against its model, in words, so that nobody has to look for it in tables.
#pragma once

#include <string>
#include <vector>

#include "eval/report.h"

namespace laurel {

struct Findings {
  std::vector<std::string> found;  // a sentence each
  std::vector<std::string>
      tested;  // what could be: "calibration", "length", "position", "12 slices"
};

// What 95 % intervals tell from chance:
//   * of pairs, the slope of calibration is not 1; of labels, calibration_mse lies outside of the band
//     of a calibrated model (their rewards need not be log-odds, so that 1 says nothing),
//   * at equal rewards people prefer longer, or shorter, answers (length_coefficient),
//   * the same of a covariate; where there are several, by intervals that hold for all at once,
//   * at equal rewards people prefer the first, or the second, answer shown (first_coefficient),
//   * slices that are worse than all rows, compared all at once. Annotators are a slice, if "slices"
//     names their field.
// Of sets of fewer than kMinUnits units, whose intervals are too narrow, nothing is tested.
Findings findings(const Evaluation& evaluation);

}  // namespace laurel
