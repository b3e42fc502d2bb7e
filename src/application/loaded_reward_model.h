// A loaded reward model, and the options that eval and score share.
#pragma once

#include <map>
#include <string>

#include "checkpoint/load.h"
#include "commands/arguments.h"
#include "application/compute.h"
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

// --device, --threads, --precision.
void add_compute_options(cxxopts::OptionAdder& add);
ComputeOptions compute_options(const cxxopts::ParseResult& arguments);

// How rows are read and computed: the above and
// --format, --text, --columns, --separator, --reduction.
struct RowArguments {
  std::optional<Format> format;
  TextChoice text = TextChoice::automatic;
  std::map<std::string, std::string> columns;
  std::optional<std::string> separator;  // of segments that are a list
  std::optional<Reduction> reduction;    // of their rewards
  ComputeOptions compute;
};
void add_row_options(cxxopts::OptionAdder& add);
RowArguments row_arguments(const cxxopts::ParseResult& arguments);

// Fills in the separator and the reduction that were not given: those of the model's sources of
// segments where they agree, else a line end and the mean.
void fill_defaults(RowArguments& arguments, const RewardConfig& model);

// Throws Error (usage) if --columns does not fit the format.
void check_columns(const RowArguments& arguments, Format format);

}  // namespace laurel
