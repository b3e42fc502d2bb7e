// How rows are read and scored: the commands' --format, --text, --columns, --separator and
// --reduction.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "checkpoint/reward_config.h"
#include "core/log.h"
#include "data/sources/source.h"
#include "text/tokenizer_class.h"

namespace laurel {

struct RowOptions {
  std::optional<Format> format;  // none: what a row's fields say
  TextChoice text = TextChoice::automatic;
  std::map<std::string, std::string> columns;
  std::optional<std::string> separator;  // of segments that are a list
  std::optional<Reduction> reduction;    // of their rewards
  std::optional<TokenizerRule> tokenizer;
};

// Fills in the separator and the reduction that were not given: those of the model's sources of
// segments where they agree, else a line end and the mean.
void fill_defaults(RowOptions& options, const RewardConfig& model);

// Throws Error (usage) if --columns does not fit the format.
void check_columns(const RowOptions& options, const Format& format);

// Says it in the log. Throws Error (data) for a file without rows, or whose first row has the
// fields of no format or of several.
Format format_of_first_row(const std::string& file, const RowOptions& options, Log& log);

}  // namespace laurel
