// A source of a trained model, by its record in reward_config.json.
#pragma once

#include "checkpoint/reward_config.h"
#include "eval/source_model.h"

namespace laurel {

// The source of a trained model, by its record. Throws Error (model) if the record's loss is none
// that this program knows.
SourceModel source_model(const RewardConfig& config, const SourceRecord& record);

// A model without a record to follow: scores are of all its attributes, comparisons of the only
// one, or of the only weighted sum that its sources have (else `columns.reward_weights` is empty).
SourceModel source_model(const RewardConfig& config);

}  // namespace laurel
