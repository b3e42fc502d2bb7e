// Exact metrics of a reward model on the labelled rows of files.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "application/compute.h"
#include "application/file_hashes.h"
#include "application/reward_meaning.h"
#include "application/row_options.h"
#include "application/scorer.h"
#include "application/training_files.h"
#include "core/log.h"
#include "eval/evaluate.h"

namespace laurel {

// What a run evaluates itself: a source of its config, read as the run reads it.
struct RunSource {
  SourceOptions source;
  OverLength over_length = OverLength::drop;
  DataOptions data;
};

struct EvaluationRequest {
  std::string model;                      // as a Scorer's
  std::vector<std::string> files;         // also folders and patterns
  std::optional<RunSource> run = {};      // in their place; `rows` then says nothing of them
  std::optional<std::string> split = {};  // of the folders
  RowGrouping grouping = {};
  RowOptions rows;
  MeaningRequest meaning;
  std::vector<std::string> slices;  // fields of the rows
  CovariateExpressions covariates;
  int64_t bad_rows = 0;   // malformed ones that may be skipped
  int64_t best_of_n = 0;  // up to which N; 0: none
  int64_t stability = 0;  // of so many rows; 0: none
  TrainingRows training_rows = TrainingRows::warn;
  std::optional<Precision> precision = {};  // asked for; none: the model's own
};

// Of a head with several attributes, comparisons need to know what they are of, and so do scores.
// Throws Error (usage).
void check_attributes(const SourceModel& model, const Format& format);

// Labelled rows, and what scores them.
struct LoadedRows {
  Scorer& scorer;
  const EvaluationTask& task;
  const std::vector<Path>& files;
  std::string weights;   // as Evaluation::weights
  std::string predicts;  // the source whose scores rewards predict; empty: they are as they are

  RewardFunction rewards() const {
    return [this](const TokenBatch& batch) { return scorer.score(batch); };
  }
};

// Loads the model and the rows, and calls `use`. `hashes`: of the files, which are compared with
// those that the model was trained on. Throws Error.
void with_loaded_rows(const EvaluationRequest& request, const Compute& compute, FileHashes& hashes,
                      Log& log, const std::function<void(const LoadedRows&)>& use);

// Throws Error.
Evaluation evaluate_files(const EvaluationRequest& request, const Compute& compute, Log& log);

}  // namespace laurel
