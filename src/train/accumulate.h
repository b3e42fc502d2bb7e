// A micro-batch's part of a step, from its rewards to the gradient buffers: what training and
// replaying a step have in common.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <string>

#include "data/batch.h"
#include "loss/loss.h"
#include "loss/source_columns.h"
#include "model/reward_model.h"
#include "train/reward_sums.h"

namespace laurel {

// What the loss of one source's labels is, and how much of the step's loss it makes.
struct SourceObjective {
  std::string name;
  Loss loss;
  double loss_weight = 1;
  SourceColumns columns = {};  // of the rewards that it sees
};

// What the losses of a step are made of. By SourceId; `scale` multiplies a source's sum of weight x
// loss term in the step's loss.
struct StepLoss {
  std::span<const SourceObjective> sources;
  std::span<const double> scale;
  HeadColumns head;
};

// On the model's device.
struct StepSums {
  at::Tensor losses;  // (S) fp64: by source the sum of weight x loss per term
  RewardSums rewards;
};

// As a step begins.
StepSums zero_sums(const StepLoss& step, RewardModel& model);

// After the model's forward of the batch, whose rewards (P, C) require a gradient: adds the
// gradient of the step's loss to the gradient buffers, and each source's sums to `sums`.
void accumulate(const StepLoss& step, const Batch& batch, const at::Tensor& rewards,
                RewardModel& model, StepSums& sums);

}  // namespace laurel
