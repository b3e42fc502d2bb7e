// A folder of tests/golden/models: its model, its rows, and what transformers computed for them.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "data/batch.h"
#include "model/reward_model.h"
#include "support/batches.h"

namespace laurel {

std::filesystem::path golden_folder(const std::string& name);

// Folders with a golden.json, by name.
std::vector<std::string> golden_names();

// The folder's model through the program's own loading, with gradients allocated.
struct LoadedParts {
  Backbone backbone;
  Parameters parameters;
};
LoadedParts load_golden(const std::string& name, at::ScalarType type = at::kFloat);

struct Golden {
  explicit Golden(const std::string& name);

  std::vector<TestGroup> groups;  // rows 3 and 4, which begin alike, are one group
  bool causal;                    // prompts can be shared
  at::Tensor rewards, weights;    // (R, 1): rewards, and the c of L = sum c_i reward_i
  at::Tensor bf16_rewards;        // of transformers in bf16; undefined: the folder has none
  std::map<std::string, at::Tensor> gradients;
};

// The largest error of rewards (absolute) and gradients (relative, each tensor) against the golden.
double golden_error(RewardModel& model, const TokenBatch& batch, const Golden& golden);

}  // namespace laurel
