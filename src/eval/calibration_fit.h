// The temperature, and of labels the shift, that make log-odds of rewards, and what they gain.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/options.h"
#include "eval/outcomes.h"

namespace laurel {

enum class CalibrationLabels { pairs, labels };
constexpr auto enum_names(CalibrationLabels) { return std::array{"pairs", "labels"}; }

// reward_config.json's member "calibration": log-odds = reward / temperature + shift. Of pairs their
// difference is the log-odds that one answer is preferred, and the shift is 0; of labels they are
// the log-odds of a 1.
struct Calibration {
  CalibrationLabels labels = CalibrationLabels::pairs;
  double temperature = 1, shift = 0;
  int64_t n = 0, prompts = 0;           // pairs or labels that it was fitted on
  std::optional<double> log_loss = {};  // of the rewards as they are; none: they have changed since
  std::optional<double> calibrated_log_loss;  // of each prompt, with what the others say
  std::vector<std::string> data_sha256 = {};  // of the files with the labels
  bool operator==(const Calibration&) const = default;

  double log_odds(double reward) const { return reward / temperature + shift; }

  void fields(auto& visit) {
    visit("labels", labels);
    visit("temperature", temperature, Above{.min = 0});
    visit("shift", shift);
    visit("n", n, Range{.min = 0});
    visit("prompts", prompts, Range{.min = 0});
    visit("log_loss", log_loss);
    visit("calibrated_log_loss", calibrated_log_loss);
    visit("data_sha256", data_sha256);
  }
};

// The same log-odds where every reward r has become (r - subtracted) / divisor.
Calibration rescaled(Calibration of, double subtracted, double divisor);

struct CalibrationFit {
  Calibration calibration;
  // Bootstrap intervals; that of the temperature is none where that of the slope contains 0, of pairs
  // there is no shift.
  std::optional<Interval> temperature, shift;
  ResampleUnit unit = ResampleUnit::row;
};

// On pairs, or on ratings that are all 0 or 1. calibrated_log_loss is nullopt where there is one
// prompt, or the others of some prompts have no finite temperature. Throws Error (data) where there
// are no such labels, or no finite temperature above 0 is best.
CalibrationFit fit_calibration(const SplitOutcomes& outcomes);

}  // namespace laurel
