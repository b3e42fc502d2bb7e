// Groups as bytes, for files that only this program reads.
#pragma once

#include "core/bytes.h"
#include "data/group.h"

namespace laurel {

// All but the source. take_group() checks nothing: data/group_checks says whether it is valid.
void put(const Group& group, ByteWriter& to);
Group take_group(ByteReader& from);

}  // namespace laurel
