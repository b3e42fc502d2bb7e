// Scores rows as they are, and with their answers edited.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "application/scorer.h"
#include "eval/stability.h"

namespace laurel {

// Throws Error (usage) for rows that cannot be edited answer by answer: of segments, rendered texts,
// of several rows or parts of one, or dropped by a filter; and for a head of several rows. Throws
// Error (data) for a pipe.
void check_stability_rows(const Scorer& scorer, const SourceOptions& source);

// Of the first `most` rows of the files. Throws Error (data) where all their rewards are equal, or
// none has one.
Stability stability_of_rows(Scorer& scorer, const std::vector<std::string>& files, int64_t most);

}  // namespace laurel
