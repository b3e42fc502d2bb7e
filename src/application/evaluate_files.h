// Exact metrics of a reward model on the labelled rows of files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "application/compute.h"
#include "application/row_options.h"
#include "core/log.h"
#include "eval/report.h"

namespace laurel {

struct EvaluationRequest {
  std::string model;               // as a Scorer's
  std::vector<std::string> files;  // also folders and patterns
  RowOptions rows;
  std::optional<std::string> source;  // of the training run: says what its rewards mean
  std::vector<std::string> slices;    // fields of the rows
};

// Throws Error.
Evaluation evaluate_files(const EvaluationRequest& request, const Compute& compute, Log& log);

}  // namespace laurel
