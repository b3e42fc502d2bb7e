// What Trainer, head and evaluation need of the config and the run's inputs.
#pragma once

#include <functional>
#include <vector>

#include "application/run_inputs.h"
#include "config/config.h"
#include "eval/evaluate.h"
#include "model/reward_model.h"
#include "train/loop.h"

namespace laurel {

// Without the numbers that losses learn.
RewardConfig reward_config_of(const Config& config, const RunInputs& run);

// Puts them in, as they are now; flat, in the order of the head's buffer.
void record_loss_parameters(const std::vector<double>& loss_parameters, const HeadPlan& head,
                            RewardConfig& reward);
std::vector<double> loss_parameters_of(const Parameters& parameters);

std::vector<std::string> names_of(const Config& config);  // of its sources

std::vector<SourceObjective> objectives_of(const Config& config, const HeadPlan& head);

std::vector<StepRange> phases_of_run(const Config& config, int64_t steps);

// Evaluates every source that has eval rows; empty if none has. Keeps references to its arguments.
std::function<std::vector<Evaluation>()> evaluator(const Config& config, const RunInputs& run,
                                                   RewardModel& model, const PackOptions& packing);

}  // namespace laurel
