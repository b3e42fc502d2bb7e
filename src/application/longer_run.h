// A run that is resumed for more steps or epochs than it was started with.
#pragma once

#include <optional>
#include <string>

#include "application/run_inputs.h"
#include "checkpoint/train_state.h"
#include "config/config.h"

namespace laurel {

// Where `state` ends a shorter run, its last step may have had fewer groups than a step has: the
// steps after it follow all the same, and `length` is what is left from there. Returns what to say
// where the number of steps has changed: the rate before and after, and that the run is not one
// that had this length from its start.
std::optional<std::string> lengthen(const Config& config, const RunInputs& inputs,
                                    TrainState& state, RunLength& length);

}  // namespace laurel
