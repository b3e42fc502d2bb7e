// Every row of a file with its rewards, in order; nothing is dropped.
#pragma once

#include <cstdint>
#include <ostream>

#include "application/scorer.h"
#include "data/files/row_reader.h"

namespace laurel {

// Reads all rows and writes one JSON line each, with "reward" and the like; few rows are in memory
// at a time. Returns how many have no reward, and a "reward_error" that says why. Throws Error
// (checkpoint) where the output cannot be written.
int64_t score_rows(RowReader& in, Scorer& scorer, std::ostream& out);

}  // namespace laurel
