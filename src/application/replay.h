// laurel check --replay: a step whose numbers were not finite, computed again group by group.
#pragma once

#include <filesystem>

#include "application/compute.h"

namespace laurel {

// Prints the rewards, loss and gradient norm of each group alone and of the whole step, and names
// the groups that are not finite. `options.precision` is the run's where it is not given. Returns
// the exit code: 6 if a number is not finite, 0 if all are. Throws Error.
int replay_step(const std::filesystem::path& dump, ComputeOptions options);

}  // namespace laurel
