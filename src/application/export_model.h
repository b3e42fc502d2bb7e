// An export that is only done once it was loaded again and gave the same rewards, and that says
// what a narrower type does to them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "application/scale_outputs.h"
#include "checkpoint/export.h"

namespace laurel {

struct ExportRequest {
  std::filesystem::path model;  // a run's final/ or a checkpoint, or any reward model of a family
  std::filesystem::path output;
  ExportDtype dtype = ExportDtype::fp32;
  std::optional<Rounding>
      rounding;  // none: nearest where the update survives that, else stochastic
  uint64_t rounding_seed = 0;
  bool force = false;      // also where the type loses the training
  bool drop_bias = false;  // of a head whose class in transformers has none
  OutputChoice outputs = {};
  OutputScale scale = OutputScale::trained;
  std::optional<TokenizerRule> tokenizer = std::nullopt;
};

struct Exported {
  std::vector<std::string> notes;     // what was chosen and measured, to be printed
  std::vector<std::string> warnings;  // what a consumer that loads it in bf16 would lose
};

// Throws Error (checkpoint), also where a narrower type loses what was trained; Error (usage) as
// scale_to_unit(), and where the head has a bias that its class in transformers has not, that ratings or labels may have
// trained, and that drop_bias does not drop.
Exported export_verified(const ExportRequest& request);

}  // namespace laurel
