// A run from its config: inputs, plans, where it starts, its folder; then its training.
#pragma once

#include "application/compute.h"
#include "config/config.h"
#include "core/log.h"
#include "train/stop.h"

namespace laurel {

// Checks everything, prepares the run folder, trains, saves and exports. Returns the exit code: 0,
// or 75 where it was stopped with its state saved. `overwrite`: in place of an earlier run's
// folder. Throws Error.
int start_run(const Config& config, const Compute& compute, bool overwrite, TimeLimit& limit,
              Log& log);

}  // namespace laurel
