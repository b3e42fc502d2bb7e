// How rewards predict the labels of one source: loss, columns, scaling, for evaluation.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "checkpoint/reward_config.h"
#include "eval/evaluate.h"
#include "loss/loss.h"
#include "loss/source_columns.h"

namespace laurel {

struct SourceModel {
  std::optional<Loss> loss;  // none: rewards predict scores as they are
  HeadColumns head;
  SourceColumns columns;
  std::vector<std::string> attributes;  // that its scores judge; none: the only one
  std::vector<Scaling> scaling;         // of these
  std::vector<double> loss_parameters;  // all that the head's losses have learned
  Reduction reduction = Reduction::mean;
};

// Fills what an evaluation task needs beside its split.
void set_model(EvaluationTask& task, const SourceModel& model);

// The source of a trained model, by its record. Throws Error (model) if the record's loss is none
// that this program knows.
SourceModel source_model(const RewardConfig& config, const SourceRecord& record);

// A model without a record to follow: scores are of all its attributes, comparisons of the only
// one, or of the only weighted sum that its sources have (else `columns.reward_weights` is empty).
SourceModel source_model(const RewardConfig& config);

}  // namespace laurel
