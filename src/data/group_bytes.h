// Groups as bytes, for files that only this program reads, and what identifies a set of them.
#pragma once

#include <span>
#include <string>

#include "core/bytes.h"
#include "data/group.h"
#include "data/sources/source.h"

namespace laurel {

// All but the source. take_group() checks nothing: data/group_checks says whether it is valid.
void put(const Group& group, ByteWriter& to);
Group take_group(ByteReader& from);

// SHA-256 of the training groups of all sources in their order: tokens, positions and labels as
// they are trained on, and of balanced sources the parts that are sampled in turn.
std::string sha256_of_training_groups(std::span<const SourceData> sources);

}  // namespace laurel
