// The numbers that losses learn, between the head's buffer and reward_config.json.
#pragma once

#include <span>
#include <vector>

#include "checkpoint/reward_config.h"
#include "model/parameters.h"
#include "train/accumulate.h"

namespace laurel {

// Of all losses, as they are now or on average (kept_values), in the order of the head's buffer.
std::vector<double> loss_parameters_of(const Parameters& parameters);

// The same, each source's into its record. `objectives` are by source.
void record_loss_parameters(const Parameters& parameters,
                            std::span<const SourceObjective> objectives, RewardConfig& reward);

}  // namespace laurel
