// How rewards predict the labels of one source: loss, columns, scaling, for evaluation.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

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
  double divisor = 1;  // reward x divisor is what the loss learned; of a head of one row
};

// (P, A): the scores that rewards (P, C) predict, in the units of the source's scores.
at::Tensor predicted_scores(const SourceModel& model, const at::Tensor& rewards);

// What pairs and lists compare is the sum of these times the head's attributes. Of a source of
// scores, its first one.
std::vector<double> comparison_weights(const SourceModel& model);

// Of the columns of one position, of which there may be more than weights.
double combined_reward(std::span<const double> columns, std::span<const double> weights);

// Fills what an evaluation task needs beside its split.
void set_model(EvaluationTask& task, const SourceModel& model);

}  // namespace laurel
