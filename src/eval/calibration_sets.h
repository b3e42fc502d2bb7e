// Sets of metrics that say how far rewards can be read as probabilities.
#pragma once

#include <string>

#include "eval/calibration_fit.h"
#include "eval/outcomes.h"
#include "eval/report.h"

namespace laurel {

// pair_metrics(), with "ece_if_calibrated" after "ece". The error has no interval: a draw of the
// set has the noise of the set and its own, so that percentiles would lie above the value.
MetricSet pair_set(std::string name, std::string title, const Outcomes<PairOutcome>& pairs);

// slope and temperature or, of labels, slope and intercept, with intervals; then what bins say, in
// which "NAME_if_calibrated" has the mean and the percentiles of labels drawn from the model's own
// probabilities. Of labels the bins are there where all predictions are in 0..1.
MetricSet calibration_set(const Outcomes<PairOutcome>& pairs);
MetricSet calibration_set(const Outcomes<Cell>& labels);

// What probabilities make of the same labels once the rewards are calibrated: log_loss, brier, ece
// and the set above. Named kCalibratedSet.
inline constexpr const char* kCalibratedSet = "calibrated";
MetricSet calibrated_set(Outcomes<PairOutcome> pairs, const Calibration& calibration);
MetricSet calibrated_set(Outcomes<Cell> labels, const Calibration& calibration);

}  // namespace laurel
