// The rows that a run evaluates itself.
#pragma once

#include <optional>
#include <string>

#include "application/evaluate_files.h"
#include "checkpoint/run_folder.h"

namespace laurel {

// The source of the run's config that is named, else the only one with rows to evaluate. Throws Error
// (usage) where there is none, or several.
RunSource run_source(const RunFolder& run, const std::optional<std::string>& name);

}  // namespace laurel
