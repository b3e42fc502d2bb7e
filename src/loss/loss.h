// The losses, and the objective that a loss makes of the rewards of a micro-batch.
//
// To add one: write its struct in a file of its own (name, kUsesMargin, LabelType, fields,
// unit_loss); add it to Loss here; add its value table to tests/loss/ and its section to
// docs/losses.md.
#pragma once

#include <ATen/core/Tensor.h>

#include <variant>

#include "data/batch.h"
#include "loss/absolute_error.h"
#include "loss/bradley_terry.h"
#include "loss/hinge.h"
#include "loss/huber.h"
#include "loss/squared_error.h"

namespace laurel {

using Loss = std::variant<BradleyTerry, Hinge, SquaredError, AbsoluteError, Huber>;

// The JSON value of "type".
const char* loss_name(const Loss& loss);

// Whether the loss is of pairs; otherwise it is of ratings.
bool takes_pairs(const Loss& loss);

// Whether the loss reads the row field "margin". Rows with a field that their loss ignores are
// refused.
bool uses_margin(const Loss& loss);

// Sum over units of weight x unit loss: a scalar in the type of `rewards`, which are (R, C). Divide
// by the count of the step (the sum of the weights) for the mean. Pairs take C = 1, ratings as many
// columns as attributes. The labels must be of the kind that the loss takes. Differentiable with
// respect to the rewards; never waits for the device. A rating of weight 0 adds nothing to value or
// gradient, whatever its score holds.
at::Tensor objective(const Loss& loss, const Labels& labels, const at::Tensor& rewards);

}  // namespace laurel
