// That what train.keep_best and train.stop_early name is evaluated at all.
#pragma once

#include <span>

#include "config/config.h"
#include "data/sources/source.h"

namespace laurel {

// Throws Error (usage) that names the option and the source without rows to evaluate.
void check_evaluated_metrics(const Config& config, std::span<const SourceData> sources);

}  // namespace laurel
