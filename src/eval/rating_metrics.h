// How near predictions are to scores, to yes/no labels, and to where the model says they are.
#pragma once

#include <span>

#include "eval/statistics.h"

namespace laurel {

// One labelled response or segment: what people gave it, and what the model predicts, in their
// units.
struct RatingOutcome {
  double score, prediction;
};

// mse, mae, r2, pearson, spearman, mse_of_mean.
Metrics rating_metrics(std::span<const RatingOutcome> outcomes);

// All scores are 0 or 1.
bool are_labels(std::span<const RatingOutcome> outcomes);

// Of labels: auc, accuracy, majority, log_loss, brier, base_rate. Predictions are probabilities of
// 1; log_loss is undefined if some are not in 0..1.
Metrics label_metrics(std::span<const RatingOutcome> outcomes);

// A prediction with the deviation that the model states for it.
struct DeviationOutcome {
  double error;      // prediction - score
  double deviation;  // > 0, in the units of the scores
  double
      annotator_deviation;  // deviation of the annotators' scores of this response; -1: not known
};

// error_spearman, nll, coverage_90, mean_deviation;
// where annotators' deviations are known, annotators_spearman.
Metrics deviation_metrics(std::span<const DeviationOutcome> outcomes);

}  // namespace laurel
