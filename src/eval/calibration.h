// How well probabilities agree with what came: errors in bins, what noise alone makes of these
// errors, and the parts of the Brier score.
//
// A pair is one forecast, of the answer that the model prefers: its probability sigmoid(|d|) is at
// least 1/2, its outcome says how far people prefer that answer too. The other orientation has the
// same errors, mirrored at 1/2, and is no further observation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "eval/pair_metrics.h"
#include "eval/rating_metrics.h"

namespace laurel {

struct Forecast {
  double probability;
  double outcome;  // 1: it came, 0: it did not; between them where people differ
};

inline constexpr size_t kCalibrationBins = 10;

// Of one of ten bins of equal width from `lowest` to 1.
size_t equal_width_bin(double probability, double lowest);

// Bins of equal numbers of forecasts, ten or as many as have ten forecasts each. Equal
// probabilities share their bin, so that the order of the forecasts does not matter.
std::vector<size_t> equal_mass_bins(std::span<const Forecast> forecasts);

// What a number is of labels that were drawn from the forecasts themselves: its mean, and the 2.5th
// and 97.5th percentile.
struct NullBand {
  double mean, low, high;
};

struct BinError {
  std::optional<double> value;
  // nullopt where outcomes are not 0 or 1: how often people differ by chance is then not known.
  // (Equal rewards of a pair are: a half at 1/2, in every draw.)
  std::optional<NullBand> null;
};

// Over bins of equal width from `lowest` to 1: mean of |mean outcome - mean probability|.
BinError expected_calibration_error(std::span<const Forecast> forecasts, double lowest);

// Over bins of equal mass: mean of (mean outcome - mean probability)^2, less what noise adds to it,
// variance / (n - 1) of each bin (Kumar et al. 2019, arXiv 1909.10155; Ferro and Fricker 2012, doi
// 10.1002/qj.1924). Negative where there is less error than noise alone makes on average; nullopt
// where some bin has one forecast alone.
BinError squared_calibration_error(std::span<const Forecast> forecasts);

// Brier score = reliability - resolution + uncertainty, over the bins of equal mass. The resolution
// has what differs inside a bin (Stephenson et al. 2008, doi 10.1175/2007WAF2006116.1), so that the
// three make up the whole score.
struct BrierParts {
  std::optional<double> reliability, resolution, uncertainty;
};
BrierParts brier_parts(std::span<const PairOutcome> pairs);
BrierParts brier_parts(std::span<const RatingOutcome> labels);

std::vector<Forecast> forecasts_of(std::span<const PairOutcome> pairs);

// Of ratings that are labels, with predictions that are probabilities.
std::vector<Forecast> forecasts_of(std::span<const RatingOutcome> labels);

}  // namespace laurel
