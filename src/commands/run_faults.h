// What a run says, and leaves to look at, when a step cannot be made.
#pragma once

#include <exception>

#include "commands/run_saver.h"
#include "commands/train_run.h"
#include "core/error.h"
#include "train/loop.h"

namespace laurel {

// Saves the state before the step and the step itself (checkpoint/step_dump.h), then
// throws Error (non_finite).
[[noreturn]] void fail_non_finite(const Run& run, const NonFiniteStep& failed, RunSaver& saver,
                                  const Parameters& parameters);

Error out_of_memory(const Run& run, const std::exception& caught, const PlaceInRun& at);

}  // namespace laurel
