// What a config's run is made of, from the config and its opened inputs.
#pragma once

#include <functional>
#include <vector>

#include "commands/prepare.h"
#include "config/config.h"
#include "eval/evaluate.h"
#include "model/reward_model.h"
#include "train/loop.h"

namespace laurel {

// Without the numbers that losses learn.
RewardConfig reward_config_of(const Config& config, const Prepared& run);

// Puts them in, as they are now; flat, in the order of the head's store.
void record_scalars(const std::vector<double>& scalars, const HeadPlan& head, RewardConfig& reward);
std::vector<double> scalars_of(const Parameters& parameters);

std::vector<std::string> names_of(const Config& config);  // of its sources

std::vector<SourceObjective> objectives_of(const Config& config, const HeadPlan& head);

std::vector<StepRange> phases_of_run(const Config& config, int64_t steps);

// Evaluates every source that has eval rows; empty if none has. Keeps references to its arguments.
std::function<std::vector<Evaluation>()> evaluator(const Config& config, const Prepared& run,
                                                   RewardModel& model, const PackOptions& packing);

}  // namespace laurel
