// What curation cannot do with a config, said before any work.
#pragma once

#include <cstdint>
#include <vector>

#include "config/config.h"
#include "core/log.h"

namespace laurel {

// The sources whose pairs a model judges; none where no rule asks one. Throws Error (usage).
std::vector<int32_t> check_rules(const Config& config, Log& log);

}  // namespace laurel
