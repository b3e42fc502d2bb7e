// Checks where the result will go before any model is loaded, fits, and writes.
#include "application/calibrate.h"

#include <optional>

#include "application/load_config.h"
#include "application/stored_numbers.h"
#include "core/str.h"
#include "eval/calibration_fit.h"

namespace laurel {

namespace {

std::string interval_text(const std::optional<Interval>& interval, ResampleUnit unit) {
  if (!interval) return "";
  return str(" (95 % interval by ", enum_name(unit), ": ", format_number(interval->low), " to ",
             format_number(interval->high), ")");
}

void tell_noise(const CalibrationFit& fit, Log& log) {
  const Calibration& of = fit.calibration;
  if (!fit.temperature) {
    log.warn(str("the temperature cannot be told from noise: ",
                 of.prompts < 2 ? "there is one prompt"
                                : "the 95 % interval of the slope, by which rewards are "
                                  "multiplied, contains 0",
                 "; give more rows"));
  }
  if (of.calibrated_log_loss && *of.calibrated_log_loss >= *of.log_loss) {
    log.warn(
        "the calibrated log loss is not lower on prompts that the fit has not seen: the rewards need "
        "no calibration, or these rows are too few or too unequal for one; it is stored all the "
        "same");
  }
}

std::string text_of(const CalibrationFit& fit) {
  const Calibration& of = fit.calibration;
  const bool pairs = of.labels == CalibrationLabels::pairs;
  std::string text = str(count_text(of.n, pairs ? "pair" : "label"), " of ",
                         count_text(of.prompts, "prompt"), "\ntemperature ",
                         format_number(of.temperature), interval_text(fit.temperature, fit.unit));
  if (!pairs) {
    text += str("\nshift ", format_number(of.shift), interval_text(fit.shift, fit.unit));
  }
  text += str("\nlog loss ", format_number(of.log_loss), " as it is, ");
  if (of.calibrated_log_loss) {
    return text +
           str(format_number(of.calibrated_log_loss), " calibrated (cross-validated by prompt)\n");
  }
  return text + "not measured calibrated, as without some prompts there is no temperature\n";
}

}  // namespace

std::string calibrate_files(const EvaluationRequest& request, const Compute& compute, Log& log) {
  ModelCopies copies = copies_of(request.model, "a calibration",
                                 "laurel eval shows the temperature of a model of others");
  std::string text;
  FileHashes hashes;
  with_loaded_rows(request, compute, hashes, log, [&](const LoadedRows& rows) {
    CalibrationFit fit = fit_calibration(outcomes_of(rows.rewards(), rows.task));
    Calibration& found = fit.calibration;
    found.data_sha256 = hashes.of_all(names_of(rows.files));
    tell_noise(fit, log);
    if (found.labels == CalibrationLabels::labels) {
      leave_out_without_bias(copies, rows.scorer, "calibrated", log);
    }
    text = text_of(fit) + store(copies, [&](RewardConfig& config) { config.calibration = found; }) +
           "laurel score --calibrated applies it\n";
  });
  return text;
}

}  // namespace laurel
