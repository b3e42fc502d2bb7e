// laurel compare: several reward models on the same labelled rows.
#include <cstddef>

#include "application/compare_files.h"
#include "application/load_config.h"
#include "application/output_files.h"
#include "application/run_source.h"
#include "application/separate_outputs.h"
#include "checkpoint/hub_cache.h"
#include "commands/arguments.h"
#include "commands/commands.h"
#include "commands/json_output.h"
#include "commands/row_arguments.h"
#include "core/option_writer.h"
#include "train/metrics_file.h"

namespace laurel {

constexpr std::ptrdiff_t kFlippedInJson = 20;  // of each model

static void add_compare_options(cxxopts::OptionAdder& add) {
  add("data",
      "Labelled rows to compare on: a file, a folder or a pattern; may be repeated. Default with "
      "--steps: what the run evaluates itself.",
      cxxopts::value<std::string>());  // not a list: cxxopts would split it at commas
  add("steps", "Of one run, compare the checkpoints that it has kept, with the first of them.");
  add_row_options(add);
  add_labelled_row_options(add);
  add("source",
      "A source of the training runs, the same of all: as in laurel eval; with the run's own rows, "
      "which of its sources.",
      cxxopts::value<std::string>());
  add("raw", "Compare rewards with scores as they are, whatever the models learned.");
  add("slice", "Also compare for each value of this field of the rows; may be repeated.",
      cxxopts::value<std::vector<std::string>>());
  add("metric",
      "The metric whose differences are compared beyond chance, also by slice. Default: accuracy of "
      "pairs and lists, auc of labels, mse of scores (spearman of rewards as they are).",
      cxxopts::value<std::string>());
  add_json_option(add);
  add("rows",
      "Write the rows that flipped, right in one model and wrong in the other, as JSON lines to "
      "this file, the largest changes first; - is standard output.",
      cxxopts::value<std::string>(), "FILE");
}

static std::vector<std::string> data_arguments(const cxxopts::ParseResult& arguments) {
  std::vector<std::string> files;
  for (const auto& argument : arguments.arguments()) {
    if (argument.key() == "data") files.push_back(argument.value());
  }
  return files;
}

// The run's own rows are read as its config says.
static void check_no_row_options(const cxxopts::ParseResult& arguments) {
  for (const char* name : {"format", "text", "fields", "shape", "split", "ignore", "separator",
                           "expand", "rows-per-group", "bad-rows", "raw"}) {
    if (arguments.count(name) == 0) continue;
    throw Error{ErrorKind::usage, str("--", name,
                                      ": found it without --data, expected --data FILE; the run's "
                                      "own rows are read as its config says")};
  }
}

static ComparisonRequest models_to_compare(const cxxopts::ParseResult& arguments) {
  const std::vector<std::string> models = positionals(arguments);
  if (arguments.count("steps")) {
    if (models.size() == 1) return checkpoints_to_compare(models[0]);
    throw Error{ErrorKind::usage,
                str("--steps: found ", models.size(), " models, expected one run")};
  }
  if (models.size() < 2) {
    throw Error{ErrorKind::usage,
                "found one model, expected two or more: laurel compare A B --data FILE; with "
                "--steps the checkpoints of one run are compared"};
  }
  return {.models = models, .names = models, .rows = {}};
}

static ComparisonRequest comparison_request(const cxxopts::ParseResult& arguments) {
  ComparisonRequest request = models_to_compare(arguments);
  request.rows = evaluation_request(arguments);
  request.rows.files = data_arguments(arguments);
  request.rows.meaning.raw = arguments.count("raw") > 0;
  if (arguments.count("source")) {
    request.rows.meaning.source = arguments["source"].as<std::string>();
  }
  if (arguments.count("slice")) {
    request.rows.slices = arguments["slice"].as<std::vector<std::string>>();
  }
  if (arguments.count("metric")) request.metric = arguments["metric"].as<std::string>();
  if (arguments.count("rows")) request.flipped = kAllFlips;
  if (!request.rows.files.empty()) return request;
  if (arguments.count("steps") == 0) {
    throw Error{ErrorKind::usage,
                "--data: not given, expected the rows to compare on: laurel compare A B --data "
                "FILE"};
  }
  check_no_row_options(arguments);
  request.rows.run = run_source({positionals(arguments)[0]}, request.rows.meaning.source);
  request.rows.meaning.source = request.rows.run->source.name;
  return request;
}

// Of a run, those of its source.
static std::vector<std::string> files_read(const EvaluationRequest& rows) {
  if (!rows.run) return rows.files;
  std::vector<std::string> files = names_of(rows.run->source.eval);
  for (std::string& file : names_of(rows.run->source.train)) files.push_back(std::move(file));
  return files;
}

static void check_outputs(const cxxopts::ParseResult& arguments, const ComparisonRequest& request) {
  const std::vector<std::string> inputs = files_read(request.rows);
  std::vector<OutputFile> outputs;
  for (const char* name : {"json", "rows"}) {
    if (arguments.count(name) == 0) continue;
    outputs.push_back({str("--", name), arguments[name].as<std::string>()});
    check_output({.option = outputs.back().option,
                  .output = outputs.back().file,
                  .inputs = inputs,
                  .split = request.rows.split,
                  .models = resolve_models(request.models)});
  }
  check_separate_outputs(outputs);
}

static std::string lines_of(const std::vector<FlippedRow>& rows) {
  std::string lines;
  for (const FlippedRow& row : rows) {
    lines += options_to_json(row).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  return lines;
}

// With the first rows of each model.
static Json json_of_result(const ComparedFiles& found) {
  Json json = comparison_json(found.comparison, found.rows, unix_time());
  json["flipped_rows"] = Json::array();
  std::string model;
  std::ptrdiff_t shown = 0;
  for (const FlippedRow& row : found.flipped) {
    if (row.model != model) shown = 0;
    model = row.model;
    if (shown++ < kFlippedInJson) json["flipped_rows"].push_back(options_to_json(row));
  }
  return json;
}

static void compare_and_print(const cxxopts::ParseResult& arguments, Log& log) {
  const ComparisonRequest request = comparison_request(arguments);
  check_outputs(arguments, request);
  const Compute compute = set_up_process(compute_options(arguments), log);
  FileHashes hashes;
  if (request.rows.run) {
    warn_of_changed_rows({positionals(arguments)[0]}, request.rows.run->source.name, hashes, log);
  }
  const ComparedFiles found = compare_files(request, compute, hashes, log);
  print_result(arguments, comparison_table(found.comparison, found.rows), json_of_result(found));
  if (arguments.count("rows")) {
    write_output(arguments["rows"].as<std::string>(), lines_of(found.flipped));
  }
}

int compare_command(int argc, char** argv) {
  const CommandLine line{
      "compare", "MODEL...",
      "Compares reward models (as laurel eval takes them) on the same labelled rows: every metric "
      "of each, its difference from the first model's with a paired interval, the rows that "
      "flipped, and slices. A row that one model drops is dropped from all. RUN --steps compares "
      "the checkpoints of a run (docs/metrics.md).\n"};
  const auto arguments = parse_arguments(line, argc, argv, add_compare_options);
  if (!arguments) return 0;
  Log log = command_log();
  in_words_of_command(*arguments, [&] { compare_and_print(*arguments, log); });
  return 0;
}

}  // namespace laurel
