// Margins of pairs by a model that has not learned from their labels: a trusted judge, or heads that
// were fitted on the other folds.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "application/compute.h"
#include "application/run_inputs.h"
#include "core/log.h"
#include "curation/rows.h"

namespace laurel {

// A pair with one label for sure: no tie, no probability in between.
struct JudgedPair {
  size_t row = 0;     // in CurationRows::rows
  double margin = 0;  // towards the label; their root mean square is 1, in each fold
  int32_t fold = -1;  // of a cross-fit
};

// A fold and the head that judged it.
struct FoldReport {
  int64_t pairs = 0, fitted_on = 0;
  double l2 = 0;         // that the head was fitted with
  double agreement = 0;  // share of the fold's labels that the head agrees with

  void fields(auto& visit) {
    visit("pairs", pairs);
    visit("fitted_on", fitted_on);
    visit("l2", l2);
    visit("agreement", agreement);
  }
};

struct PairMargins {
  std::vector<JudgedPair> pairs;           // in the order of the rows
  std::map<size_t, std::string> not_read;  // rows that the judge cannot read, and why
  std::vector<FoldReport> folds;           // none of a judge
  int64_t components = 0;                  // of rows that share a prompt or a response
  int64_t responses = 0;                   // different ones that were computed
};

// Whether a row has such a label.
bool has_sure_label(const CurationRow& row);

// The pairs of a run's training groups, and where the groups are.
struct TrainedPairs {
  std::vector<JudgedPair> pairs;
  std::vector<size_t> groups;  // in their sources
};
TrainedPairs trained_pairs(const CurationRows& rows, std::span<const size_t> judged,
                           const RunInputs& inputs);

// Judges the rows (numbers in rows.rows, ascending, with sure labels) that a run would train on, by
// `folds` heads on the features of the run's backbone. Throws Error (data) where rows share too many
// texts for so many folds.
PairMargins judge_by_folds(const CurationRows& rows, std::span<const size_t> judged, int64_t folds,
                           const RunInputs& inputs, const Compute& compute, Log& log);

// The same by a trusted reward model, read as `laurel eval` reads it; what the run would train on but
// the model cannot read is in not_read. Throws Error (usage) if it was trained on one of the files.
PairMargins judge_by_model(const CurationRows& rows, std::span<const size_t> judged,
                           const std::string& judge, const RunInputs& inputs,
                           const DataOptions& data, const Compute& compute, Log& log);

}  // namespace laurel
