// Loads reward models and parses the options that eval and score share.
#include "commands/loaded_reward_model.h"

#include "core/json.h"
#include "core/str.h"

namespace laurel {

LoadedRewardModel load_reward_model(const std::string& name, const Compute& compute, Log& log) {
  ModelFolder folder = open_model({.path = {name}, .head = Head::keep});
  const bool ours = folder.reward_config.has_value();
  RewardConfig reward = folder.reward_config.value_or(RewardConfig{.pooling = folder.pooling.rule});
  if (!reward.max_length) reward.max_length = backbone_info(folder.backbone).max_positions;
  TextProcessor text = open_text(folder, reward.template_options);
  for (const std::string& note : folder.notes) log.info(note);
  for (const std::string& warning : text.warnings) log.warn(warning);
  log.info(str(folder.folder, ": strings are ",
               enum_names(TextRule{})[static_cast<size_t>(reward.text.rule)],
               ours ? ", as in training"
                    : "; the folder has no reward_config.json that would say how it was trained",
               ", rows of up to ", *reward.max_length, " tokens"));
  LoadedModel loaded =
      load_model(std::move(folder), false, storage_type(compute.precision), {}, compute.device);
  RewardModel model(loaded.folder.backbone, std::move(loaded.parameters));
  return {std::move(loaded.folder), std::move(text), std::move(reward), std::move(model)};
}

void add_row_options(cxxopts::OptionAdder& add) {
  add("format",
      "pairwise, pointwise, ranked or segments. Default: what the first row's fields say.",
      cxxopts::value<std::string>());
  add("text", "chat, plain or auto: message lists are chat, strings as the model was trained.",
      cxxopts::value<std::string>()->default_value("auto"));
  add("columns", "Names of fields that differ, as JSON: '{\"response\": \"completion\"}'.",
      cxxopts::value<std::string>());
  add("separator",
      "What stands between the segments of \"completions\", with the escapes of JSON. Default: as "
      "the model's source of segments, \\n without one.",
      cxxopts::value<std::string>());
  add("reduction",
      "mean, min, last or sum: the reward of a response from its segments' rewards. "
      "Default: as the model's source of segments, mean without one.",
      cxxopts::value<std::string>());
  add_compute_options(add);
}

void add_compute_options(cxxopts::OptionAdder& add) {
  add("threads", "Threads that compute. Default: all cores.", cxxopts::value<int64_t>());
  add("device", "auto, cpu or cuda; auto: on CUDA where it can be used, else on the CPU.",
      cxxopts::value<std::string>()->default_value("auto"));
  add("precision",
      "fp32, bf16, or auto: bf16 where the hardware has it. Default: fp32 on CPU, bf16 on CUDA.",
      cxxopts::value<std::string>());
}

ComputeOptions compute_options(const cxxopts::ParseResult& arguments) {
  ComputeOptions compute{.device_option = "--device", .precision_option = "--precision"};
  compute.device = word_to_enum<Device>("device", arguments["device"].as<std::string>());
  if (arguments.count("precision")) {
    compute.precision =
        word_to_enum<Precision>("precision", arguments["precision"].as<std::string>());
  }
  if (!arguments.count("threads")) return compute;
  const auto threads = arguments["threads"].as<int64_t>();
  if (threads < 1 || threads > 1024) {
    throw Error{ErrorKind::usage, str("--threads: found ", threads, ", expected 1 to 1024")};
  }
  compute.threads = threads;
  return compute;
}

RowArguments row_arguments(const cxxopts::ParseResult& arguments) {
  RowArguments row;
  if (arguments.count("format"))
    row.format = word_to_enum<Format>("format", arguments["format"].as<std::string>());
  row.text = word_to_enum<TextChoice>("text", arguments["text"].as<std::string>());
  if (arguments.count("separator")) {
    const std::string separator = arguments["separator"].as<std::string>();
    row.separator = parse_json("\"" + separator + "\"", "--separator", ErrorKind::usage);
  }
  if (arguments.count("reduction")) {
    row.reduction = word_to_enum<Reduction>("reduction", arguments["reduction"].as<std::string>());
  }
  row.compute = compute_options(arguments);
  if (!arguments.count("columns")) return row;
  const Json columns =
      parse_json(arguments["columns"].as<std::string>(), "--columns", ErrorKind::usage);
  if (!columns.is_object()) {
    throw Error{ErrorKind::usage, str("--columns: found ", describe_json(columns),
                                      ", expected an object of strings")};
  }
  for (const auto& [name, column] : columns.items()) {
    if (!column.is_string()) {
      throw Error{ErrorKind::usage, str("--columns: found ", describe_json(column), " for \"", name,
                                        "\", expected a string")};
    }
    row.columns[name] = column.get<std::string>();
  }
  return row;
}

// What all sources that have it agree on.
template <class T>
static std::optional<T> common_value(const RewardConfig& model,
                                     std::optional<T> SourceRecord::*member) {
  std::optional<T> found;
  for (const SourceRecord& source : model.sources) {
    const std::optional<T>& own = source.*member;
    if (own && found && *own != *found) return std::nullopt;
    if (own) found = own;
  }
  return found;
}

void fill_defaults(RowArguments& arguments, const RewardConfig& model) {
  if (!arguments.separator) {
    arguments.separator = common_value(model, &SourceRecord::separator).value_or("\n");
  }
  if (!arguments.reduction) {
    arguments.reduction = common_value(model, &SourceRecord::reduction).value_or(Reduction::mean);
  }
}

void check_columns(const RowArguments& arguments, Format format) {
  SourceOptions source;
  source.name = "eval";
  source.format = format;
  source.eval = {{"any.jsonl"}};
  source.columns = arguments.columns;
  const std::vector<std::string> problems = problems_in_source(source);
  if (!problems.empty()) throw Error{ErrorKind::usage, "--" + join(problems, "\n  --")};
}

}  // namespace laurel
