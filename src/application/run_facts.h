// What identifies a run: its data, its model, its config, and where it runs.
#pragma once

#include "application/compute.h"
#include "application/run_inputs.h"
#include "checkpoint/train_state.h"
#include "config/config.h"

namespace laurel {

// What a checkpoint of this run would say of it; the run's id is its folder's to know.
RunFacts facts_of(const Config& config, const RunInputs& inputs, const Compute& compute);

}  // namespace laurel
