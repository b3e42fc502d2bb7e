// Checks that a source's loss can use all labels of its rows.
#pragma once

#include "config/config.h"
#include "data/sources/source.h"

namespace laurel {

// Throws Error (data) that names the first row with a number of a pair, a tie, probability or
// score that the loss would ignore or cannot take, or without a margin that it needs.
void check_labels(const SourceConfig& config, const SourceData& source);

}  // namespace laurel
