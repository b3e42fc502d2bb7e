// A step's micro-batches, forward and backward: what training and replaying a step have in common.
#pragma once

#include <ATen/core/Tensor.h>

#include <exception>
#include <functional>
#include <span>
#include <string>

#include "core/error.h"
#include "data/batch.h"
#include "loss/loss.h"
#include "loss/source_columns.h"
#include "model/reward_model.h"

namespace laurel {

// What the loss of one source's judgements is, and how much of the step's loss it makes.
struct SourceObjective {
  std::string name;
  Loss loss;
  double loss_weight = 1;
  SourceColumns columns = {};  // of the rewards that it sees
};

// What the losses of a step are made of. By SourceId; `scale` multiplies a source's sum of weight x
// unit loss in the step's loss.
struct StepLoss {
  std::span<const SourceObjective> sources;
  std::span<const double> scale;
  HeadColumns head;
};

// What happens beside: each is called for a micro-batch, and may be empty.
struct StepHooks {
  // Between forward and backward; rewards (P, C).
  std::function<void(const Batch& batch, const at::Tensor& rewards)> after_forward;
  // What to throw where its memory ran out.
  std::function<Error(const std::exception& caught, const Batch& batch)> out_of_memory;
};

// Adds the gradient of the step's loss to the gradient buffers. Returns by source the sum of weight
// x unit loss, fp64 on the model's device.
at::Tensor accumulate(const StepLoss& step, std::span<const Batch> batches, RewardModel& model,
                      const StepHooks& hooks = {});

}  // namespace laurel
