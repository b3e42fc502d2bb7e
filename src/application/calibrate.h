// Fits a calibration on labelled rows and stores it with the model.
#pragma once

#include <string>

#include "application/evaluate_files.h"

namespace laurel {

// Writes it into reward_config.json of the model's folder; of a run's, of final/, export/ and
// adapter/. Returns what was found, in lines. Throws Error: (usage) for a head of several rows,
// for a model that is not in a folder of laurel's own, and as the request's training_rows say, (data) where the rows have no calibration.
std::string calibrate_files(const EvaluationRequest& request, const Compute& compute, Log& log);

}  // namespace laurel
