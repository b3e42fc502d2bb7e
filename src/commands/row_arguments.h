// The options of commands that read rows for a reward model: eval, calibrate and score.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "application/evaluate_files.h"
#include "application/row_options.h"
#include "commands/arguments.h"
#include "core/log.h"

namespace laurel {

// Those of RowOptions, and of compute; commands of one model add --step.
void add_row_options(cxxopts::OptionAdder& add);

// Throws Error (usage) that names the option: also for options of segments beside another --format.
RowOptions row_options(const cxxopts::ParseResult& arguments);

// Throws Error (usage) where --shape makes several groups of a row, or one of several: the command
// scores rows as they are.
void refuse_grouping_shape(const cxxopts::ParseResult& arguments);

// Throws Error (usage) for --step: what the command does is stored with the run's trained model.
// `done`: "calibrated".
void refuse_step(const cxxopts::ParseResult& arguments, const std::string& done);

// Those of labelled rows: --bad-rows, --expand, --rows-per-group.
void add_labelled_row_options(cxxopts::OptionAdder& add);

// MODEL DATA... with the options of labelled rows, and those of rows. Throws as row_options().
EvaluationRequest evaluation_request(const cxxopts::ParseResult& arguments);

// --step: of a run, a checkpoint in place of its end.
void add_step_option(cxxopts::OptionAdder& add);

// The model that is named, or with --step a checkpoint of its run.
std::string model_argument(const cxxopts::ParseResult& arguments);

// --split
std::optional<std::string> split_argument(const cxxopts::ParseResult& arguments);

// --bad-rows; nullopt where it was not given.
std::optional<int64_t> bad_rows_argument(const cxxopts::ParseResult& arguments);

// Those of --separator and --reduction that were given.
std::vector<std::string> segment_options(const cxxopts::ParseResult& arguments);

// Standard error, and a command's work, with messages that name these options: what is told of rows
// names a config's else. Of a row that lacks fields, they say how the model's run read its rows.
Log command_log();
void in_words_of_command(const cxxopts::ParseResult& arguments, const std::function<void()>& work);

}  // namespace laurel
