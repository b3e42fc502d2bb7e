// Every row of some files with the rewards of a model, in order, for whoever uses them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "application/read_rows.h"
#include "application/scorer.h"
#include "core/log.h"
#include "data/files/row_files.h"

namespace laurel {

struct ScoreReport {
  int64_t rows = 0;
  int64_t in_part = 0;     // some of their responses have a reward, and some have none
  int64_t without = 0;     // no response has one
  std::string first;       // why, of the first row that lacks one
  GuardTally guards = {};  // of rows that could be read
  std::vector<std::string> warnings = {};  // of the guards

  int64_t incomplete() const { return in_part + without; }
};

// What is done with each row: its rewards may be taken away with an error. `format`: its own, else
// that of the rows around one that could not be read.
struct RowSink {
  std::function<void(const Record&, RowRewards&, const std::optional<Format>& format)> row;
  std::function<void()> round = {};  // after a thousand of them; {}: nothing
};

// Reads all rows; few are in memory at a time. Says in the log which format the rows have, and what
// training warns of in them. Throws Error (data) for a field that is named and that no row has.
// `ahead`: rows that were read before. `segment_options`: those given, a warning where no row has
// segments.
ScoreReport for_each_scored_row(RowFiles& in, RowsRead ahead, Scorer& scorer,
                                const std::vector<std::string>& segment_options,
                                const RowSink& sink, Log& log);

}  // namespace laurel
