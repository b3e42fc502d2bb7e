// Several reward models on the same labelled rows.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "application/evaluate_files.h"
#include "eval/comparison_report.h"
#include "report/flipped_rows.h"

namespace laurel {

inline constexpr size_t kAllFlips = std::numeric_limits<size_t>::max();

struct ComparisonRequest {
  std::vector<std::string> models;  // as a Scorer's; two at least, the first is compared with
  std::vector<std::string> names;   // of these, for people
  EvaluationRequest rows;           // without its model
  std::optional<std::string> metric = {};  // compared beyond chance; none: the first of the kind
  size_t flipped = 20;                     // rows shown for each model
};

struct ComparedFiles {
  ModelComparison comparison;
  ComparedRows rows;
  std::vector<FlippedRow> flipped;
};

// The checkpoints of a run, by rising step, and "step N" as their names. Throws Error (usage) where
// it is no run's folder, (checkpoint) where it has fewer than two.
ComparisonRequest checkpoints_to_compare(const std::string& run);

// Loads one model after the other; the one before is gone then. `hashes`: of the rows' files. A row that one of them drops is
// dropped from all. Throws Error: also where the models judge by other attributes, or no row is left.
ComparedFiles compare_files(const ComparisonRequest& request, const Compute& compute,
                            FileHashes& hashes, Log& log);

}  // namespace laurel
