// Groups as bytes, for files that only this program reads, and what identifies a set of them.
#pragma once

#include <span>
#include <string>

#include "core/bytes.h"
#include "data/group.h"
#include "data/source.h"

namespace laurel {

// All but the source. What is taken may be anything: data/group_checks says whether it is a group.
void put(const Group& group, ByteWriter& to);
Group take_group(ByteReader& from);

// SHA-256 of the training groups of all sources in their order: tokens, reads and judgements as
// they are trained on, and of balanced sources which groups take turns.
std::string sha256_of_training_groups(std::span<const SourceData> sources);

}  // namespace laurel
