// Sources, and files of a source, whose scores stand for one output and differ in scale.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "data/sources/source.h"

namespace laurel {

// A sentence for each pair of them: one's scores span at least four times those of the other, or all
// of one's lie beyond the other's. Sources with score_scaling are on one scale by that, and pairs and
// lists have none.
std::vector<std::string> scale_warnings(std::span<const SourceData> sources);

}  // namespace laurel
