// Every row of some files with its rewards, in order; nothing is dropped.
#pragma once

#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "application/compute.h"
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

struct ScoreRequest {
  std::string model;                   // as a Scorer's
  std::vector<std::string> with = {};  // more models: their rewards are combined (reward_fields.h)
  std::vector<std::string> files;      // "-" is standard input
  RowOptions rows;
  ScoreOptions options;
  std::optional<Precision> precision = {};  // asked for; none: the model's own
};

// Reads all rows and writes one JSON line each, with "reward" and the like; a response without one
// has null and is named by "reward_error". A row's other fields keep their bytes. Few rows are in
// memory at a time; of several models one, and the rewards of the others (model_rewards.h). Says in
// the log which format the rows have, and what training warns of in them. `open` gives the output
// once the models are known to be there. Throws Error (data) where a row has a field that would be
// written, or has no several responses for `best`; (usage) as scaled_models(); (checkpoint) where
// the output cannot be written.
ScoreReport score_files(const ScoreRequest& request, const Compute& compute,
                        const std::function<std::ostream&()>& open, Log& log);

}  // namespace laurel
