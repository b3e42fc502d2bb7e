// Rope options of a config.json, in both spellings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/json.h"
#include "model/config_reader.h"
#include "ops/rope.h"

namespace laurel {

struct RopeShape {
  double max_positions;  // max_position_embeddings
  int64_t head_dim;
  bool stretches = true;                              // the family has yarn, dynamic and longrope
  std::optional<double> original_max_positions = {};  // outside the rope's object, where it wins
};

// `rope_theta` with `rope_scaling`, or `rope_parameters` as transformers 5 writes it;
// `rope_scaling` wins, a theta inside the object wins over one outside.
// Throws Error (model) for rope types other than RopeType's, for partial rotation and for options
// per layer type.
RopeConfig rope_options(const ConfigReader& config, const RopeShape& shape);

// The options of one object, with the theta of outside where it has none. The same refusals.
RopeConfig rope_of(const ConfigReader& options, double theta, const RopeShape& shape);

// rope_theta and rope_scaling, where the config.json has only rope_parameters: what transformers 4
// reads. Throws Error (model).
std::vector<std::pair<std::string, Json>> old_rope_keys(const Json& config,
                                                        const std::string& where);

}  // namespace laurel
