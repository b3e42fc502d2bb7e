// Errors of a step: numbers that are not finite (with a step dump) and lack of memory.
#pragma once

#include <exception>

#include "application/checkpointer.h"
#include "application/train_run.h"
#include "core/error.h"
#include "train/loop.h"

namespace laurel {

// Saves the state before the step and the step itself (checkpoint/step_dump.h), then
// throws Error (non_finite).
[[noreturn]] void throw_non_finite(const Run& run, const NonFiniteStep& failed,
                                   Checkpointer& checkpointer, const Parameters& parameters);

Error out_of_memory(const Run& run, const std::exception& caught, const StepLocation& at);

}  // namespace laurel
