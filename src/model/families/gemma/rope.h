// The two ropes of Gemma 3: of layers without a window, and of those with one.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/json.h"
#include "model/config_reader.h"
#include "model/rope_options.h"
#include "ops/rope.h"

namespace laurel {

enum class Gemma3Rope { full, sliding };

// rope_parameters with an object for each, as transformers 5 writes them, or rope_theta,
// rope_scaling (of full alone, where it wins) and rope_local_base_freq. Throws Error (model).
RopeConfig gemma3_rope(const ConfigReader& config, Gemma3Rope which, const RopeShape& shape);

// The old keys, where the config.json has only rope_parameters: what transformers 4 reads.
std::vector<std::pair<std::string, Json>> old_gemma3_rope_keys(const Json& config);

}  // namespace laurel
