// Whether a judge was trained on the rows that it is asked about.
#pragma once

#include <string>
#include <vector>

#include "checkpoint/reward_config.h"
#include "core/log.h"
#include "curation/rows.h"

namespace laurel {

// Throws Error (usage) where reward_config.json names the SHA-256 of one of the sources' training
// files, or where the judge is a run of laurel's whose own training files still lie where its
// config says and have a row with the same prompt and responses (case, punctuation and spacing
// apart). Says in the log what could be compared. `config`: none where the folder has none.
void refuse_trained_judge(const std::string& judge, const RewardConfig* config,
                          const CurationRows& rows, int threads, Log& log);

}  // namespace laurel
