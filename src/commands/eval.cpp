// laurel eval: exact metrics of a reward model on labelled rows.
#include <span>

#include "application/evaluate_benchmark.h"
#include "application/evaluate_files.h"
#include "application/output_files.h"
#include "application/separate_outputs.h"
#include "checkpoint/hub_cache.h"
#include "commands/arguments.h"
#include "commands/commands.h"
#include "commands/json_output.h"
#include "commands/row_arguments.h"
#include "core/option_types.h"
#include "train/metrics_file.h"

namespace laurel {

static std::optional<std::string> string_argument(const cxxopts::ParseResult& arguments,
                                                  const char* name) {
  if (!arguments.count(name)) return std::nullopt;
  return arguments[name].as<std::string>();
}

static void add_eval_options(cxxopts::OptionAdder& add) {
  add_row_options(add);
  add_step_option(add);
  add_labelled_row_options(add);
  add("source",
      "A source of the training run: its attributes, reward_weights, scaling and loss say what "
      "rewards mean. Default: the only one whose labels are like the rows'.",
      cxxopts::value<std::string>());
  add("raw", "Compare rewards with scores as they are, whatever the model learned.");
  add("slice", "Also show the metrics for each value of this field of the rows; may be repeated.",
      cxxopts::value<std::vector<std::string>>());
  add("covariate",
      "Also say what a number of each answer does to rewards and labels: NAME=EXPRESSION, in Jinja, "
      "over `response`, its text, `index`, its number in the row, and the row's fields: "
      "\"exclamations=response.count('!')\" (docs/data.md); may be repeated.",
      cxxopts::value<std::string>());  // not a list: cxxopts would split it at commas
  add("benchmark",
      str("DATA are the published files of this benchmark, by whose rules answers are scored: ",
          join(alternative_names<Benchmark>(), ", "), " (docs/benchmarks.md)."),
      cxxopts::value<std::string>());
  add("results",
      "With --benchmark: also write the file of results that the benchmark's own program writes; - is "
      "standard output.",
      cxxopts::value<std::string>());
  add("best-of-n",
      "Also say what the rows' scores, which the model must not have learned, are of the best of up "
      "to N answers of each prompt by reward (docs/metrics.md); of prompts with 2 N answers or more.",
      cxxopts::value<int64_t>(), "N");
  add("stability",
      "Also say how far rewards of the first ROWS rows move where answers are edited so that they say "
      "the same: spaces at the end, no markdown, lists reordered, the last sentence repeated.",
      cxxopts::value<int64_t>(), "ROWS");
  add_json_option(add);
}

static CovariateExpressions covariate_argument(const cxxopts::ParseResult& arguments) {
  CovariateExpressions expressions;
  for (const auto& argument : arguments.arguments()) {
    if (argument.key() != "covariate") continue;
    const std::string& text = argument.value();
    const size_t equals = text.find('=');
    const bool named = equals != std::string::npos && equals > 0;
    if (named && expressions.emplace(text.substr(0, equals), text.substr(equals + 1)).second) {
      continue;
    }
    throw Error{ErrorKind::usage, str("--covariate: found \"", text, "\"",
                                      named ? " for a name that stands twice" : "",
                                      ", expected NAME=EXPRESSION, each name once")};
  }
  return expressions;
}

// 0 where it was not given.
static int64_t count_argument(const cxxopts::ParseResult& arguments, const std::string& name,
                              int64_t least, int64_t most) {
  if (arguments.count(name) == 0) return 0;
  const auto count = arguments[name].as<int64_t>();
  if (count >= least && count <= most) return count;
  throw Error{ErrorKind::usage,
              str("--", name, ": found ", count, ", expected ", least, " to ", most)};
}

// The layout of a benchmark says what its rows mean.
static void refuse_beside_benchmark(const cxxopts::ParseResult& arguments) {
  for (const char* name :
       {"format", "fields", "shape", "ignore", "separator", "reduction", "slice", "covariate",
        "expand", "rows-per-group", "raw", "best-of-n", "stability"}) {
    if (!arguments.count(name)) continue;
    throw Error{ErrorKind::usage,
                str("--", name, ": found it beside --benchmark, whose layout says ",
                    "what rows mean; expected one of the two")};
  }
}

static void check_outputs(const cxxopts::ParseResult& arguments, const EvaluationRequest& request) {
  std::vector<OutputFile> outputs;
  for (const char* name : {"json", "results"}) {
    const auto file = string_argument(arguments, name);
    if (!file) continue;
    outputs.push_back({str("--", name), *file});
    check_output({.option = str("--", name),
                  .output = *file,
                  .inputs = request.files,
                  .split = request.split,
                  .models = {resolve_model(request.model)}});
  }
  check_separate_outputs(outputs);
  if (!arguments.count("results") || arguments.count("benchmark")) return;
  throw Error{ErrorKind::usage, "--results: found it without --benchmark, expected both"};
}

static void print(const cxxopts::ParseResult& arguments, const Evaluation& evaluation) {
  print_result(arguments, evaluation_table(std::span(&evaluation, 1)),
               evaluation_json(evaluation, 0, unix_time()));
}

static void evaluate_and_print_benchmark(const cxxopts::ParseResult& arguments,
                                         const EvaluationRequest& request, Log& log) {
  refuse_beside_benchmark(arguments);
  const Benchmark benchmark =
      benchmark_named(arguments["benchmark"].as<std::string>(), "--benchmark");
  const Compute compute = set_up_process(compute_options(arguments), log);
  const BenchmarkResult result = evaluate_benchmark(benchmark, request, compute, log);
  print(arguments, result.evaluation);
  const auto results = string_argument(arguments, "results");
  if (results) write_output(*results, benchmark_results(benchmark, result.rows, request.model));
}

static void evaluate_and_print(const cxxopts::ParseResult& arguments, Log& log) {
  EvaluationRequest request = evaluation_request(arguments);
  request.model = model_argument(arguments);
  request.meaning.raw = arguments.count("raw") > 0;
  request.meaning.source = string_argument(arguments, "source");
  if (arguments.count("slice")) {
    request.slices = arguments["slice"].as<std::vector<std::string>>();
  }
  request.covariates = covariate_argument(arguments);
  request.best_of_n = count_argument(arguments, "best-of-n", 2, 100'000);
  request.stability = count_argument(arguments, "stability", 1, 100'000'000);
  check_outputs(arguments, request);
  if (arguments.count("benchmark")) return evaluate_and_print_benchmark(arguments, request, log);
  const Compute compute = set_up_process(compute_options(arguments), log);
  print(arguments, evaluate_files(request, compute, log));
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
  in_words_of_command(*arguments, [&] { evaluate_and_print(*arguments, log); });
  return 0;
}

}  // namespace laurel
