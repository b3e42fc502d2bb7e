// An export that is only done once it was loaded again and gave the same rewards.
#pragma once

#include <filesystem>

#include "checkpoint/export.h"

namespace laurel {

// From a reward model's folder (a run's final/, or any of a supported family). Returns what is to
// be said about its outputs. Throws Error (checkpoint).
std::string export_verified(const std::filesystem::path& model, const std::filesystem::path& output,
                            ExportDtype dtype, const OutputChoice& choice);

}  // namespace laurel
