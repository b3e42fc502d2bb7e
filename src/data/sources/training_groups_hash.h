// What identifies the groups that a run is trained on.
#pragma once

#include <span>
#include <string>

#include "data/sources/source.h"

namespace laurel {

// SHA-256 of the training groups of all sources in their order: tokens, positions and labels as
// they are trained on, and of balanced sources the parts that are sampled in turn.
std::string sha256_of_training_groups(std::span<const SourceData> sources);

// The same without reading the tokens, from the checksums of the rows: what a run writes down.
std::string fingerprint_of_training_groups(std::span<const SourceData> sources);

// Checkpoints of earlier versions have the hash of the tokens: where `before` is that of `sources`, it
// becomes `now`, their fingerprint.
void renew(std::string& before, const std::string& now, std::span<const SourceData> sources);

}  // namespace laurel
