// laurel score: every row of its inputs with its rewards, in order; nothing is dropped.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <utility>

#include "application/load_config.h"
#include "application/output_files.h"
#include "application/score_rows.h"
#include "checkpoint/hub_cache.h"
#include "commands/arguments.h"
#include "commands/commands.h"
#include "commands/row_arguments.h"
#include "core/json.h"
#include "core/str.h"

namespace laurel {

static void add_score_options(cxxopts::OptionAdder& add) {
  add_row_options(add);
  add_step_option(add);
  add("with",
      "Another model, which scores the same rows after MODEL; may be repeated. Each is scaled by what "
      "laurel normalize has stored with it: the reward is their mean, and reward_min, "
      "reward_deviation and reward_by_model stand beside it.",
      cxxopts::value<std::string>(), "MODEL");
  add("best",
      "Of the answers of a row, write only the best: it becomes \"response\", beside its "
      "\"reward\" and \"reward_index\".");
  add("as",
      "reward; score: in the units of the scores that a source learned; or probability: of a yes, "
      "where its loss is binary_cross_entropy.",
      cxxopts::value<std::string>()->default_value("reward"));
  add("source", "The source of the training run that --as means. Default: the only one.",
      cxxopts::value<std::string>());
  add("calibrated",
      "Write log-odds in place of rewards, by the temperature that laurel calibrate has stored in "
      "the model's reward_config.json; with --as probability those of a 1.");
  add("reward-field",
      "Name of the field to write. Default: reward; so too chosen_NAME, NAMEs, NAME_error.",
      cxxopts::value<std::string>()->default_value("reward"), "NAME");
  add("replace", "Overwrite fields that rows have under these names.");
  add("bad-rows",
      "Rows that may be without a reward; more end with exit code 3. Default: all but one.",
      cxxopts::value<int64_t>());
}

// Each by itself: cxxopts would split a list at commas.
static std::vector<std::string> with_argument(const cxxopts::ParseResult& arguments) {
  std::vector<std::string> models;
  for (const auto& argument : arguments.arguments()) {
    if (argument.key() == "with") models.push_back(argument.value());
  }
  return models;
}

static ScoreOptions score_options(const cxxopts::ParseResult& arguments) {
  ScoreOptions options{.field = arguments["reward-field"].as<std::string>(),
                       .replace = arguments.count("replace") > 0,
                       .as = word_to_enum<ScoreAs>("as", arguments["as"].as<std::string>()),
                       .calibrated = arguments.count("calibrated") > 0,
                       .best = arguments.count("best") > 0,
                       .segment_options = segment_options(arguments)};
  if (arguments.count("source")) options.source = arguments["source"].as<std::string>();
  if (!options.field.empty()) return options;
  throw Error{ErrorKind::usage, "--reward-field: found an empty name, expected one like reward"};
}

// The rows are written either way; whether a script may go on with them is for the exit code.
static void check_report(const ScoreReport& report, const std::string& text,
                         std::optional<int64_t> bad_rows) {
  const bool nothing = report.rows > 0 && report.without == report.rows;
  if (nothing) throw Error{ErrorKind::data, text};
  if (!bad_rows || report.incomplete() <= *bad_rows) return;
  throw Error{ErrorKind::data, str(text, " (more than --bad-rows ", *bad_rows, ")")};
}

// Whether the file's first row has rewards, or there is none.
static bool was_scored(const std::string& file, const std::string& reward_field) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line)) return true;
  const Json row = Json::parse(line, nullptr, false);
  if (!row.is_object()) return false;
  return std::ranges::any_of(row.items(), [&](const auto& member) {
    return member.key().find(reward_field) != std::string::npos;
  });
}

// A forgotten OUTPUT would make one of the last input; an output of before may be written again.
static void check_new(const std::string& output, size_t inputs, const std::string& reward_field) {
  std::error_code ignored;
  if (output == "-" || !std::filesystem::is_regular_file(output, ignored)) return;
  if (inputs < 2 && was_scored(output, reward_field)) return;
  throw Error{ErrorKind::usage,
              str("OUTPUT: found ", output, ", which exists, ",
                  inputs < 2 ? "and whose rows have no rewards" : str("after ", inputs, " inputs"),
                  "; expected a new file, as the last argument may be meant as an input")};
}

// What the arguments between the model and the output stand for.
static std::vector<std::string> input_files(const std::vector<std::string>& inputs,
                                            const std::optional<std::string>& split, Log& log) {
  if (inputs.size() == 1 && inputs[0] == "-") return inputs;
  std::vector<std::string> files;
  for (Path& file : data_files(inputs, split, log)) files.push_back(std::move(file.value));
  return files;
}

static void score_and_write(const cxxopts::ParseResult& arguments, Log& log) {
  const std::vector<std::string> paths = positionals(arguments);
  const std::string& output = paths.back();
  const std::vector<std::string> inputs(paths.begin() + 1, paths.end() - 1);
  refuse_grouping_shape(arguments);
  ScoreRequest request{.model = model_argument(arguments),
                       .with = with_argument(arguments),
                       .files = {},
                       .rows = row_options(arguments),
                       .options = score_options(arguments),
                       .precision = compute_options(arguments).precision};
  if (request.rows.filter)
    log.info("the filter of --shape drops no row here: every row is written");
  const std::optional<int64_t> bad_rows = bad_rows_argument(arguments);
  const std::optional<std::string> split = split_argument(arguments);
  check_lines_name("OUTPUT", output);
  std::vector<std::string> models{request.model};
  models.insert(models.end(), request.with.begin(), request.with.end());
  check_output({.option = "OUTPUT",
                .output = output,
                .inputs = inputs,
                .split = split,
                .models = resolve_models(models)});
  check_new(output, inputs.size(), request.options.field);
  const Compute compute = set_up_process(compute_options(arguments), log);
  request.files = input_files(inputs, split, log);
  std::ofstream file_out;
  const bool standard = output == "-";
  const auto open = [&]() -> std::ostream& {
    if (standard) return std::cout;
    file_out.open(output, std::ios::binary);
    if (file_out) return file_out;
    throw Error{ErrorKind::checkpoint, str(output, ": cannot be opened for writing")};
  };
  const ScoreReport report = score_files(request, compute, open, log);
  const std::string text = summary(report, standard ? "standard output" : output, request.options);
  check_report(report, text, bad_rows);
  report.incomplete() > 0 || !report.warnings.empty() ? log.warn(text) : log.info(text);
}

int score_command(int argc, char** argv) {
  const CommandLine line{
      "score", "MODEL INPUT... OUTPUT",
      "Writes every row of the files INPUT (JSONL, JSON, CSV, Arrow or Parquet; folders of them or "
      "patterns), one file after the other, to OUTPUT as JSONL with its "
      "\"reward\" (or \"chosen_reward\", \"rejected_reward\"; for lists and segments \"rewards\", "
      "one each); null with \"reward_error\" where there is none. Rows need no labels. - is "
      "standard input or output.\n"};
  const auto arguments = parse_arguments(line, argc, argv, add_score_options);
  if (!arguments) return 0;
  Log log = command_log();
  in_words_of_command(*arguments, [&] { score_and_write(*arguments, log); });
  return 0;
}

}  // namespace laurel
