// Stops a run whose metric no longer improves (train.stop_early).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "checkpoint/train_state.h"
#include "eval/report.h"
#include "train/train_options.h"

namespace laurel {

// The value of "ukp.accuracy"; nullptr where the source has no such metric.
const Metric* find_metric(const std::vector<Evaluation>& evaluations, const BestBy& by);

// Whether the source, or the benchmark, is among them: each has steps of its own.
bool evaluates(const std::vector<Evaluation>& evaluations, const std::string& source);

// Counts the evaluation of `state`'s step into state.early_stop, if it is of the source. One whose
// metric is not defined counts as one without improvement. Throws Error (usage) where the source
// has no such metric.
void record_early_stop(const StopEarly& options, const std::vector<Evaluation>& evaluations,
                       TrainState& state);

// "pairs.accuracy has not improved by more than 0 in 3 evaluations: 0.71 at step 40 is the best";
// nullopt: the run goes on.
std::optional<std::string> early_stop_reason(const std::optional<StopEarly>& options,
                                             const TrainState& state);

}  // namespace laurel
