// Groups as bytes, for files that only this program reads.
#pragma once

#include "core/bytes.h"
#include "data/group.h"

namespace laurel {

// What training reads: neither the source nor where answers begin. take_group() checks nothing:
// data/group_checks says whether it is valid.
void put(const Group& group, ByteWriter& to);
Group take_group(ByteReader& from);

// Parts of it, of the responses also where answers begin.
void put(const Label& label, ByteWriter& to);
void put(const std::vector<Response>& responses, ByteWriter& to);
void take(ByteReader& from, Label& label);
void take(ByteReader& from, std::vector<Response>& responses);

}  // namespace laurel
