// Slices: the groups with each value of a field of the rows.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "data/sources/source.h"

namespace laurel {

// Numbers of the groups with each value of slice `field` (a position in slice_fields).
std::map<std::string, std::vector<int64_t>> groups_by_slice(const Split& split, size_t field);

// Names the source's slices in its splits and adds a note where rows lack one. Values of different
// types stay apart: strings stand without quotes, unless another value has the same text. Throws
// Error (data) if no row has the field.
void set_slice_fields(SourceData& source);

}  // namespace laurel
