// From a model and a split to an evaluation: rewards of all groups, metrics, intervals.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "data/batch.h"
#include "data/group.h"
#include "data/pack.h"
#include "data/reading.h"
#include "data/source.h"
#include "eval/report.h"

namespace laurel {

// Rewards (R, 1) of a packed batch: RewardModel::score, or anything else that gives rewards.
using Scorer = std::function<at::Tensor(const TokenBatch&)>;

// The rewards of every group's rows, by response and read, in the order of `groups`, whose ids
// differ. Groups of similar length are packed together; a reward does not depend on its neighbours.
std::vector<std::vector<double>> score_groups(const Scorer& scorer, std::span<const Group> groups,
                                              const Reading& reading, const PackOptions& packing);

struct EvaluationTask {
  std::string source;
  const Split& split;  // its scores are in original units
  Scaling scaling;     // prediction = reward x deviation + mean; {} if the source is not scaled
  Reading reading;
  PackOptions packing;
};

// Pairs get the metrics of pairs, ratings those of ratings and, where a prompt has ratings with
// different scores, those of the pairs that they imply: both whatever the model was trained on. Row
// weights are left out, but a row of weight 0 counts as not judged. Throws Error (non_finite) that
// names the first row whose reward is not finite.
Evaluation evaluate(const Scorer& scorer, const EvaluationTask& task);

}  // namespace laurel
