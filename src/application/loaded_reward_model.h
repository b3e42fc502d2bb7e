// A loaded reward model, and how rows are read for it.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "application/compute.h"
#include "checkpoint/load.h"
#include "core/log.h"
#include "data/source.h"
#include "model/reward_model.h"
#include "text/text_processor.h"

namespace laurel {

struct LoadedRewardModel {
  ModelFolder folder;
  TextProcessor text;
  RewardConfig reward_config;  // its own, or what holds for a folder without one
  RewardModel model;
};

// `name` is a run folder, a Hugging Face reward model of a supported family, or a Hub name.
// Throws Error (model).
LoadedRewardModel load_reward_model(const std::string& name, const Compute& compute, Log& log);

// How rows are read and scored; the commands' --format, --text, --columns, --separator and
// --reduction.
struct RowOptions {
  std::optional<Format> format;
  TextChoice text = TextChoice::automatic;
  std::map<std::string, std::string> columns;
  std::optional<std::string> separator;  // of segments that are a list
  std::optional<Reduction> reduction;    // of their rewards
};

// Fills in the separator and the reduction that were not given: those of the model's sources of
// segments where they agree, else a line end and the mean.
void fill_defaults(RowOptions& options, const RewardConfig& model);

// Throws Error (usage) if --columns does not fit the format.
void check_columns(const RowOptions& options, Format format);

}  // namespace laurel
