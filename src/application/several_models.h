// Models whose rewards of the same rows are compared: each in its own unit, one after the other.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "application/model_rewards.h"
#include "application/score_rows.h"

namespace laurel {

// For each of `request.model` and `request.with` its place for rewards, which become
// (reward - mean) / deviation by the numbers that `laurel normalize` has stored; says them in the log. None
// where there is one model. Throws Error (usage) that names the model which lacks such numbers,
// has several rewards, or has those of another deviation than the first one, and for what has no
// meaning for several models: --as, --calibrated, models named twice, inputs that can be read
// only once.
std::vector<ModelRewards> scaled_models(const ScoreRequest& request, Log& log);

// What scores rows, and the rows that were read to show what another precision than its own does.
struct OpenedScorer {
  Scorer& scorer;
  RowFiles& in;
  RowsRead ahead;
};

// Opens a model, hands it to `use`, and closes it again.
void with_scorer(const std::string& model, const ScoreRequest& request, const Compute& compute,
                 Log& log, const std::function<void(OpenedScorer&)>& use);

}  // namespace laurel
