// What a replayed step shows: a table of its groups, and which of them are not finite.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/step_dump.h"

namespace laurel {

// Of one group alone, or of all of them.
struct ReplayedNumbers {
  double loss = 0, grad_norm = 0;  // the part of the step's loss, and its gradient
  std::vector<double> rewards;
  std::optional<int64_t> layer;  // the first whose output is not finite; 0: the embedding
};

struct Replay {
  const StepDump& dump;
  std::filesystem::path file;
  std::vector<ReplayedNumbers> groups;  // of dump.groups
  ReplayedNumbers step;
};

bool is_finite(const Replay& replay);
std::string replay_text(const Replay& replay);

}  // namespace laurel
