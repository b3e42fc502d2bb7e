// A step whose numbers were not finite, computed again group by group.
#pragma once

#include <filesystem>

#include "application/compute.h"
#include "application/replay_report.h"
#include "checkpoint/step_dump.h"

namespace laurel {

// The rewards, loss and gradient norm of each group alone and of the whole step, from the weights
// before it, beside `file`, which the dump was read from. Keeps a reference to the dump. Throws
// Error.
Replay replay_step(const StepDump& dump, const std::filesystem::path& file, const Compute& compute);

}  // namespace laurel
