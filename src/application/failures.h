// What a Trainer throws, as its user reads it: a step whose numbers are not finite, with a dump of
// it, and lack of memory.
#pragma once

#include "application/train_run.h"
#include "train/trainer.h"

namespace laurel {

// Saves the state before the step and the step itself (checkpoint/step_dump.h), then
// throws Error (non_finite).
[[noreturn]] void throw_failure(const Run& run, const NonFiniteStep& failure, Trainer& trainer);

// Throws Error (memory).
[[noreturn]] void throw_failure(const Run& run, const OutOfMemory& failure);

}  // namespace laurel
