// Declares and parses the options of rows.
#include "commands/row_arguments.h"

#include "core/json.h"
#include "core/option_types.h"

namespace laurel {

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
  add("tokenizer", "transformers or file: as model.tokenizer.", cxxopts::value<std::string>());
  add_compute_options(add);
}

static Format format_argument(const std::string& name) {
  std::optional<Format> format;
  for_each_alternative<Format>([&](auto alternative) {
    if (name == alternative.name) format = alternative;
  });
  if (format) return *format;
  throw Error{ErrorKind::usage, str("--format: found \"", name, "\", expected one of: ",
                                    join(alternative_names<Format>(), ", "))};
}

RowOptions row_options(const cxxopts::ParseResult& arguments) {
  RowOptions row;
  if (arguments.count("format"))
    row.format = format_argument(arguments["format"].as<std::string>());
  row.text = word_to_enum<TextChoice>("text", arguments["text"].as<std::string>());
  if (arguments.count("separator")) {
    const std::string separator = arguments["separator"].as<std::string>();
    row.separator = parse_json("\"" + separator + "\"", "--separator", ErrorKind::usage);
  }
  if (arguments.count("reduction")) {
    row.reduction = word_to_enum<Reduction>("reduction", arguments["reduction"].as<std::string>());
  }
  if (arguments.count("tokenizer")) {
    row.tokenizer =
        word_to_enum<TokenizerRule>("tokenizer", arguments["tokenizer"].as<std::string>());
  }
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

}  // namespace laurel
