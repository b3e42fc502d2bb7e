// What identifies the groups that a run is trained on.
#pragma once

#include <span>
#include <string>

#include "data/sources/source.h"

namespace laurel {

// SHA-256 of the training groups of all sources in their order: tokens, positions and labels as
// they are trained on, and of balanced sources the parts that are sampled in turn.
std::string sha256_of_training_groups(std::span<const SourceData> sources);

}  // namespace laurel
