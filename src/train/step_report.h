// The numbers of one step, on the host.
#pragma once

#include <cstdint>
#include <vector>

#include "train/reward_sums.h"

namespace laurel {

struct StepReport {
  int64_t step = 0;                         // completed steps
  double loss = 0, lr = 0, grad_norm = 0;   // grad_norm before clipping
  std::vector<double> losses;               // by source: sum of weight x loss per term / count
  std::vector<int64_t> groups;              // by source
  std::vector<RewardSummary> rewards = {};  // by source
  bool equal_rewards = false;               // none differs from another, in any column
  bool warm = true;                         // not in the schedule's warm-up
  int64_t scored_positions = 0, tokens = 0, computed_tokens = 0;
  double seconds = 0;    // of the whole step
  double data_wait = 0;  // of them: waiting for the packed batches
  double epoch = 0;
  bool skipped = false;  // something was not finite, so the update was not made
};

}  // namespace laurel
