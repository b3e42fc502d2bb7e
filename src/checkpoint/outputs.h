// What a consumer sees of a head with several rows: one attribute, a weighted sum of them, or all
// rows.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <vector>

#include "checkpoint/load.h"

namespace laurel {

struct OutputChoice {
  std::optional<std::string> reward;   // an attribute
  std::optional<std::string> combine;  // a source: by its reward_weights
  bool all = false;
};

struct Outputs {
  std::vector<std::string> names;            // of several; none: one output, the reward
  std::vector<std::vector<double>> weights;  // outputs x rows of the head
  std::optional<RewardConfig> config;        // of a model that has just these outputs
  std::string note;                          // what was chosen, to be printed; empty for one row
};

// Names of all rows of a head; none where there is one without a name.
std::vector<std::string> output_names(const RewardConfig& config);

// Without a choice: the only attribute's reward; else the weighted sum, if the sources have exactly
// one; else all. Throws Error (usage) that names what there is.
Outputs choose_outputs(const ModelFolder& model, const OutputChoice& choice);

// head (C, D) -> (O, D), or its bias (C) -> (O): each row is summed in fp64 and rounded once.
at::Tensor combine_rows(const at::Tensor& head, const Outputs& outputs);

}  // namespace laurel
