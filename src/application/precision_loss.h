// What a narrower type of the weights does to a trained model: to its update, and to rewards of the
// run's sample rows. What may be exported, and what loses the training.
#pragma once

#include <optional>
#include <string>

#include "checkpoint/base_model.h"
#include "checkpoint/outputs.h"
#include "checkpoint/sample_rows.h"
#include "eval/reward_change.h"
#include "model/reward_model.h"

namespace laurel {

struct PrecisionLoss {
  std::optional<UpdateSurvival> survival;
  std::string not_measured;          // why there is no survival
  std::optional<RewardChange> rows;  // of a run's sample rows
};

// How much of a run's update survives this rounding: `model` is its final/ or a checkpoint. Without
// a base the result says why.
PrecisionLoss measure_survival(const ModelFolder& model, const WeightRounding& rounding);

// Rewards (groups, positions x outputs) of the rows; `outputs` of the head, none: as the head is.
GroupRewards rewards_of(RewardModel& model, const SampleRows& rows, const Pooling& pooling,
                        const Outputs* outputs = nullptr);

// Why a model with this loss is not what was trained; nullopt where it is. From 30 rows on the rows
// decide, below, the share of the update that survives (.5); the rows where it is not known.
std::optional<std::string> problem_of(const PrecisionLoss& loss);

// "97.3 % of the update survives, with 0.2 of its size as noise; over 64 rows: ..."
std::string text_of(const PrecisionLoss& loss);

}  // namespace laurel
