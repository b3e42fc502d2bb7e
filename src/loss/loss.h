// The losses, and the objective that a loss makes of the rewards of a micro-batch.
//
// To add one: write its struct in a file of its own; add it to Loss here; add its value table to
// tests/loss/ and its section to docs/losses.md. A loss has name, traits (loss/traits.h), fields,
// regularizer, loss_per_term, and the functions that its traits name: uses_strength(),
// initial_loss_parameters(), score_problem(), prediction(), predicted_deviation().
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "data/batch.h"
#include "loss/absolute_error.h"
#include "loss/adr_mse.h"
#include "loss/all_pairs.h"
#include "loss/binary_cross_entropy.h"
#include "loss/bradley_terry.h"
#include "loss/davidson.h"
#include "loss/focal.h"
#include "loss/gaussian.h"
#include "loss/hinge.h"
#include "loss/huber.h"
#include "loss/lambda.h"
#include "loss/listnet.h"
#include "loss/margin_squared_error.h"
#include "loss/ordinal.h"
#include "loss/plackett_luce.h"
#include "loss/quantile.h"
#include "loss/rao_kupper.h"
#include "loss/reward_columns.h"
#include "loss/squared_error.h"
#include "loss/traits.h"

namespace laurel {

using Loss = std::variant<BradleyTerry, Hinge, Focal, MarginSquaredError, RaoKupper, Davidson,
                          SquaredError, AbsoluteError, Huber, Quantile, BinaryCrossEntropy, Ordinal,
                          Gaussian, PlackettLuce, AllPairs, ListNet, Lambda, AdrMse>;

// Of the loss with its options.
LossTraits traits(const Loss& loss);

// What the loss's own learned numbers start from; empty for most losses.
std::vector<double> initial_loss_parameters(const Loss& loss, int64_t attributes);

// What the loss expects of a score that it cannot take: "expected a number from 0 to 1".
std::optional<std::string> score_problem(const Loss& loss, float score);

// Sum over terms of weight x loss per term: a scalar in the type of the rewards. Divide by the
// count of the step (the sum of the weights) for the mean. Ratings take as many reward columns as
// attributes; pairs and lists take one. The labels must be of the kind that the loss takes.
// Differentiable with respect to all columns; never waits for the device. A unit of weight 0, and
// an entry of a list without a rank, add nothing to value or gradient, whatever else they hold.
at::Tensor objective(const Loss& loss, const Labels& labels, const RewardColumns& columns);

// (P, A): the score that each row predicts, on the scale of the loss's targets. The reward itself
// for most losses.
at::Tensor prediction(const Loss& loss, const RewardColumns& columns);

// (P, A): the standard deviation that the model states for its prediction; undefined without one.
at::Tensor predicted_deviation(const Loss& loss, const RewardColumns& columns);

}  // namespace laurel
