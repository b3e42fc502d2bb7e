// The adapters of a run as a folder of PEFT's, beside its export/.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "checkpoint/run_folder.h"
#include "core/log.h"

namespace laurel {

// Writes the adapters of `model`, a run's final/, with what was trained whole, to `output`. Returns
// what to say of it; nullopt: the model has none, and nothing is written. Throws Error (checkpoint)
// as TemporaryFolder.
std::optional<std::string> export_adapter(const std::filesystem::path& model,
                                          const std::filesystem::path& output);

// The adapter/ of a run from its final/, with a line that says so; one that is there is renamed.
void export_run_adapter(const RunFolder& folder, Log& log);

}  // namespace laurel
