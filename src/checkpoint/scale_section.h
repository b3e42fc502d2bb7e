// The section of a model card that says what distances of rewards mean, for those who train a policy.
#pragma once

#include <string>

#include "checkpoint/reward_config.h"

namespace laurel {

// "## Scale of the rewards" and what `laurel normalize`, `laurel calibrate` and `laurel export
// --scale` have stored; empty where none has. A card ends with it.
std::string scale_section(const RewardConfig& config);

// The card with that section, in place of the one that it has; nothing else of it changes.
std::string with_scale_section(std::string card, const RewardConfig& config);

}  // namespace laurel
