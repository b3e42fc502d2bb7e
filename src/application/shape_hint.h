// Which published layout a source's rows look like.
#pragma once

#include <string>
#include <vector>

#include "data/sources/source.h"

namespace laurel {

// A sentence for a source without a shape whose first row has the keys of one, of several all; none
// for other rows, and for files that cannot be read: loading says what is wrong with them.
std::vector<std::string> shape_hint(const SourceOptions& source);

}  // namespace laurel
