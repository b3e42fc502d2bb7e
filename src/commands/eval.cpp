// laurel eval: exact metrics of a reward model on labelled rows.
#include <iostream>

#include "application/evaluate_files.h"
#include "application/output_files.h"
#include "checkpoint/hub_cache.h"
#include "commands/arguments.h"
#include "commands/commands.h"
#include "commands/row_arguments.h"
#include "core/files.h"
#include "train/metrics_file.h"

namespace laurel {

static void write_json(const std::string& file, const Evaluation& evaluation) {
  const std::string line = evaluation_json(evaluation, 0, unix_time()).dump() + "\n";
  if (file != "-") return write_file(file, line);
  std::cout << line << std::flush;
  if (!std::cout) {
    throw Error{ErrorKind::checkpoint,
                "standard output cannot be written: is the disk full, or the pipe closed?"};
  }
}

static void add_eval_options(cxxopts::OptionAdder& add) {
  add_row_options(add);
  add_labelled_row_options(add);
  add("source",
      "A source of the training run: its attributes, reward_weights, scaling and loss say what "
      "rewards mean. Default: the only one whose labels are like the rows'.",
      cxxopts::value<std::string>());
  add("raw", "Compare rewards with scores as they are, whatever the model learned.");
  add("slice", "Also show the metrics for each value of this field of the rows; may be repeated.",
      cxxopts::value<std::vector<std::string>>());
  add("json", "Also write the result as a JSON line to this file; - is standard output.",
      cxxopts::value<std::string>());
}

static void evaluate_and_print(const cxxopts::ParseResult& arguments, Log& log) {
  EvaluationRequest request = evaluation_request(arguments);
  request.model = model_argument(arguments);
  request.meaning.raw = arguments.count("raw") > 0;
  if (arguments.count("source")) request.meaning.source = arguments["source"].as<std::string>();
  if (arguments.count("slice")) {
    request.slices = arguments["slice"].as<std::vector<std::string>>();
  }
  if (arguments.count("json")) {
    check_output({.option = "--json",
                  .output = arguments["json"].as<std::string>(),
                  .inputs = request.files,
                  .split = request.split,
                  .model = resolve_model(request.model)});
  }
  const Compute compute = set_up_process(compute_options(arguments), log);
  const std::vector<Evaluation> evaluations = {evaluate_files(request, compute, log)};
  const bool json_to_output = arguments.count("json") && arguments["json"].as<std::string>() == "-";
  (json_to_output ? std::cerr : std::cout) << evaluation_table(evaluations);
  if (arguments.count("json")) write_json(arguments["json"].as<std::string>(), evaluations[0]);
}

int eval_command(int argc, char** argv) {
  const CommandLine line{
      "eval", "MODEL DATA...",
      "Evaluates a reward model (a run folder, or any Hugging Face reward model of a supported "
      "family) on labelled rows: pairs, ratings, rankings or segments, in JSONL, JSON, CSV, "
      "Arrow or Parquet files, folders of them, or patterns.\n"};
  const auto arguments = parse_arguments(line, argc, argv, add_eval_options);
  if (!arguments) return 0;
  Log log = command_log();
  in_words_of_command([&] { evaluate_and_print(*arguments, log); });
  return 0;
}

}  // namespace laurel
