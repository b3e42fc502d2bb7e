// What rows must be for best of N: several answers of each prompt, scored by others than those whose
// labels the model has learned.
#pragma once

#include <cstdint>
#include <vector>

#include "application/file_hashes.h"
#include "checkpoint/reward_config.h"
#include "core/log.h"
#include "data/records/format.h"
#include "data/sources/source.h"

namespace laurel {

// Throws Error (usage) for rows that have no scores of whole answers.
void check_best_of_n_format(const Format& format);

// Throws Error (usage) where a file is one that the model was trained on, by its hash, (data) for a
// pipe, which has none; and (usage) for several attributes. Says in the log where the model does not
// name its training files.
void check_best_of_n_source(const SourceOptions& source, const RewardConfig& model,
                            FileHashes& hashes, Log& log);

// Throws Error (data) for a list with ranks in place of scores: places do not say how good the chosen
// answer is.
void check_best_of_n_scores(const SourceOptions& source);

// Throws Error (data) where no prompt has 2 `largest` answers.
void check_best_of_n_answers(const Split& split, int64_t largest);

}  // namespace laurel
