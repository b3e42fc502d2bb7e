// Exact metrics of a reward model on the labelled rows of files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "application/compute.h"
#include "application/reward_meaning.h"
#include "application/row_options.h"
#include "core/log.h"
#include "eval/report.h"

namespace laurel {

struct EvaluationRequest {
  std::string model;                      // as a Scorer's
  std::vector<std::string> files;         // also folders and patterns
  std::optional<std::string> split = {};  // of the folders
  RowGrouping grouping = {};
  RowOptions rows;
  MeaningRequest meaning;
  std::vector<std::string> slices;          // fields of the rows
  int64_t bad_rows = 0;                     // malformed ones that may be skipped
  std::optional<Precision> precision = {};  // asked for; none: the model's own
};

// Throws Error.
Evaluation evaluate_files(const EvaluationRequest& request, const Compute& compute, Log& log);

}  // namespace laurel
