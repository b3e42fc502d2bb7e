// laurel eval: exact metrics of a reward model on judged rows.
#include <algorithm>
#include <iostream>

#include "application/compute.h"
#include "application/load_config.h"
#include "application/loaded_reward_model.h"
#include "application/recorded_source.h"
#include "application/run_inputs.h"
#include "commands/arguments.h"
#include "commands/commands.h"
#include "commands/row_arguments.h"
#include "core/files.h"
#include "core/parallel.h"
#include "core/str.h"
#include "data/data_files.h"
#include "data/row.h"
#include "data/row_reader.h"
#include "eval/evaluate.h"
#include "train/metrics_file.h"

namespace laurel {

static Format format_of_first_row(const std::string& file, const RowOptions& rows, Log& log) {
  RowReader reader(file);
  const std::optional<RawRow> row = reader.next();
  if (!row) throw Error{ErrorKind::data, str(file, ": found no rows")};
  const std::string where = reader.where(*row);
  const Format format = detect_format(parse_raw_row(*row, where), rows.columns, where);
  log.info(str(file, ": format ", enum_names(format)[static_cast<size_t>(format)],
               ", by the fields of its first row"));
  return format;
}

// What rewards say of scores: as the named source learned it, else as they are.
static SourceModel model_of(const RewardConfig& config, const std::optional<std::string>& source,
                            Log& log) {
  if (!source) {
    for (const SourceRecord& record : config.sources) {
      if (std::ranges::count(record.scaling, Scaling{}) == std::ssize(record.scaling)) continue;
      log.warn(str("the model was trained on scaled scores of \"", record.name, "\"; --source ",
                   record.name, " compares in that source's units"));
    }
    return source_model(config);
  }
  if (const SourceRecord* record = config.find(*source)) return source_model(config, *record);
  std::vector<std::string> names;
  for (const SourceRecord& record : config.sources) names.push_back(record.name);
  throw Error{ErrorKind::usage,
              str("--source: found \"", *source, "\", expected one of the model's sources: ",
                  names.empty() ? "it names none" : join(names, ", "))};
}

// Of a head with several attributes, comparisons need to know what they are of, and so do scores.
static void check_attributes(const SourceModel& model, Format format) {
  if (model.head.attributes == 1) return;
  const bool compares = format == Format::pairwise || format == Format::ranked;
  if (compares ? !model.columns.reward_weights.empty() : !model.attributes.empty()) return;
  throw Error{ErrorKind::usage, str("--source: the head has ", model.head.attributes,
                                    " attributes, expected a source ",
                                    compares ? "with reward_weights" : "with attributes")};
}

static void write_json(const std::string& file, const Evaluation& evaluation) {
  const std::string line = evaluation_json(evaluation, 0, unix_time()).dump() + "\n";
  if (file != "-") return write_file(file, line);
  std::cout << line << std::flush;
  if (!std::cout) {
    throw Error{ErrorKind::checkpoint,
                "standard output cannot be written: is the disk full, or the pipe closed?"};
  }
}

int eval_command(int argc, char** argv) {
  const CommandLine line{
      "eval", "MODEL DATA...",
      "Evaluates a reward model (a run folder, or any Hugging Face reward model of a supported "
      "family) on JSONL files of pairs or ratings.\n"};
  const auto arguments = parse_arguments(line, argc, argv, [](cxxopts::OptionAdder& add) {
    add_row_options(add);
    add("source",
        "A source of the training run: "
        "its attributes, reward_weights, scaling and loss say what rewards mean.",
        cxxopts::value<std::string>());
    add("slice", "Also show the metrics for each value of this field of the rows; may be repeated.",
        cxxopts::value<std::vector<std::string>>());
    add("json", "Also write the result as a JSON line to this file; - is standard output.",
        cxxopts::value<std::string>());
  });
  if (!arguments) return 0;
  const std::vector<std::string> paths = positionals(*arguments);
  RowOptions rows = row_options(*arguments);
  Log log(standard_error_sink());
  const Compute compute = set_up_process(compute_options(*arguments), log);
  std::optional<std::string> name;
  if (arguments->count("source")) name = (*arguments)["source"].as<std::string>();
  SourceOptions source{.name = name.value_or("eval"), .text = rows.text, .columns = rows.columns};
  source.eval = data_files({paths.begin() + 1, paths.end()}, log);
  source.format = rows.format ? *rows.format : format_of_first_row(source.eval[0].value, rows, log);
  if (arguments->count("slice"))
    source.slices = (*arguments)["slice"].as<std::vector<std::string>>();
  check_columns(rows, source.format);
  LoadedRewardModel reward_model = load_reward_model(paths[0], compute, log);
  const bool reduction_given = rows.reduction.has_value();
  fill_defaults(rows, reward_model.reward_config);
  source.separator = *rows.separator;
  const SourceModel model = model_of(reward_model.reward_config, name, log);
  check_attributes(model, source.format);
  const bool rated = source.format == Format::pointwise || source.format == Format::segments;
  if (rated) source.attributes = model.attributes;
  DataOptions data{.special_text = reward_model.reward_config.text.special_text,
                   .threads = available_cores()};
  const LoadContext context{.folder = reward_model.text,
                            .pooling = reward_model.folder.pooling,
                            .length = {.max_length = *reward_model.reward_config.max_length},
                            .data = data,
                            .strings = reward_model.reward_config.text.rule,
                            .progress = load_progress()};
  const SourceData loaded = load_source(source, 0, context);
  if (!reward_model.folder.reward_config) {  // notes are about choices that training has made
    for (const std::string& note : loaded.notes) log.info(note);
  }
  for (const std::string& warning : loaded.warnings) log.warn(warning);
  EvaluationTask task{.source = source.name,
                      .split = loaded.eval,
                      .pooling = reward_model.folder.pooling,
                      .packing = {.workers = compute.workers}};
  set_model(task, model);
  if (reduction_given || !name) task.reduction = *rows.reduction;
  const std::vector<Evaluation> evaluations = {
      evaluate([&](const TokenBatch& tokens) { return reward_model.model.score(tokens); }, task)};
  const bool json_to_output =
      arguments->count("json") && (*arguments)["json"].as<std::string>() == "-";
  (json_to_output ? std::cerr : std::cout) << evaluation_table(evaluations);
  if (arguments->count("json")) write_json((*arguments)["json"].as<std::string>(), evaluations[0]);
  return 0;
}

}  // namespace laurel
