// Every row of some files with its rewards, in order; nothing is dropped.
#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "application/reward_meaning.h"
#include "application/scored_rows.h"

namespace laurel {

struct ScoreOptions {
  std::string field = "reward";  // and "chosen_reward", "rewards", "reward_error" after it
  bool replace = false;          // a row's own field of such a name; else it is an error
  ScoreAs as = ScoreAs::reward;
  std::optional<std::string> source = {};  // of the training run: whose scores
  bool calibrated = false;                 // log-odds, by the calibration that the model has stored
  bool best = false;  // of several responses, only the one with the largest reward
  std::vector<std::string> segment_options = {};  // those given: a warning where no row has any
};

// "out.jsonl: 5 rows, 2 scored, 1 in part, 2 without a reward (reward_error), the first: ..."
std::string summary(const ScoreReport& report, const std::string& output,
                    const ScoreOptions& options);

// Reads all rows and writes one JSON line each, with "reward" and the like; a response without one
// has null and is named by "reward_error". A row's other fields keep their bytes. Few rows are in
// memory at a time. Says in the log which format the rows have, and what training warns of in them.
// Throws Error (data) where a row has a field that would be written, or has no several responses
// for `best`; Error (checkpoint) where the output cannot be written.
// `ahead`: rows that were read before.
ScoreReport score_rows(RowFiles& in, RowsRead ahead, Scorer& scorer, const ScoreOptions& options,
                       std::ostream& out, Log& log);

}  // namespace laurel
