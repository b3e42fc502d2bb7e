// Declares and parses the options of rows.
#include "commands/row_arguments.h"

#include "application/run_source.h"
#include "application/select_checkpoint.h"
#include "core/json.h"
#include "core/option_reader.h"
#include "core/option_types.h"
#include "data/sources/shapes.h"

namespace laurel {

// What rows mean.
static void add_field_options(cxxopts::OptionAdder& add) {
  add("format",
      "pairwise, pointwise, ranked or segments. Default: what the first row's fields say.",
      cxxopts::value<std::string>());
  add("text",
      "chat, plain, rendered, pair (encoders) or auto: message lists are chat, strings as the model "
      "was trained; all are pair for an encoder without a chat template.",
      cxxopts::value<std::string>()->default_value("auto"));
  add("fields",
      "What fields are read from: response=completion or 'chosen=answers[0].text', may be repeated; "
      "or all as JSON: '{\"response\": \"completion\"}'. A field of the rows, or a Jinja expression.",
      cxxopts::value<std::string>());  // not a list: cxxopts would split it at commas
  add("shape",
      "A published layout of rows, whose format, text and fields are taken where they are not given: "
      "laurel describe shapes lists them.",
      cxxopts::value<std::string>());
  add("split",
      "Of the folders that are given, the files of this split: train, validation, test or another "
      "name (docs/data.md).",
      cxxopts::value<std::string>());
  add("ignore", "Fields left out on purpose, of which nothing warns: question,history.",
      cxxopts::value<std::vector<std::string>>(), "NAMES");
}

void add_row_options(cxxopts::OptionAdder& add) {
  add_field_options(add);
  add("max-length",
      "Most tokens of a row, up to the model's positions. Default: as in training; all positions "
      "for a model of others.",
      cxxopts::value<int64_t>());
  add("special-text",
      "transformers or plain: what text that spells a special token becomes. Default: as in "
      "training, that token for a model of others.",
      cxxopts::value<std::string>());
  add("template-date",
      "YYYY-MM-DD, for chat templates that print the date. Default: as in training.",
      cxxopts::value<std::string>());
  add("template-kwargs",
      "Variables of the chat template, as JSON: '{\"enable_thinking\": false}'. Default: as in "
      "training.",
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

void add_step_option(cxxopts::OptionAdder& add) {
  add("step", "Of a run, a checkpoint in place of its end: last, best, or its step.",
      cxxopts::value<std::string>());
}

void add_labelled_row_options(cxxopts::OptionAdder& add) {
  add("bad-rows", "Malformed rows that may be skipped; they are counted. Default: 0.",
      cxxopts::value<int64_t>());
  add("expand",
      "prm800k or oasst: what makes several rows of one (docs/data.md). Default: none, or the shape's.",
      cxxopts::value<std::string>());
  add("rows-per-group",
      "Rows that follow each other and make one, {\"rows\": [...]}. Default: 1, or the shape's.",
      cxxopts::value<int64_t>());
}

std::string model_argument(const cxxopts::ParseResult& arguments) {
  const std::string model = positionals(arguments)[0];
  if (arguments.count("step") == 0) return model;
  return choose_checkpoint(model, arguments["step"].as<std::string>());
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

static Json object_argument(const cxxopts::ParseResult& arguments, const std::string& name) {
  const std::string option = "--" + name;
  Json value = parse_json(arguments[name].as<std::string>(), option, ErrorKind::usage);
  if (value.is_object()) return value;
  throw Error{ErrorKind::usage,
              str(option, ": found ", describe_json(value), ", expected an object")};
}

Log command_log() {
  return Log([sink = standard_error_sink()](LogLevel level, const std::string& message) {
    sink(level, with_command_options(message));
  });
}

void in_words_of_command(const cxxopts::ParseResult& arguments, const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    std::string message = with_command_options(error.message);
    const bool says_where = arguments.count("fields") + arguments.count("shape") > 0;
    if (!says_where && message.find("--fields") != std::string::npos) {
      message += fields_of_run(positionals(arguments)[0]);
    }
    throw Error{error.kind, message};
  }
}

std::optional<std::string> split_argument(const cxxopts::ParseResult& arguments) {
  if (arguments.count("split") == 0) return std::nullopt;
  return arguments["split"].as<std::string>();
}

std::optional<int64_t> bad_rows_argument(const cxxopts::ParseResult& arguments) {
  if (arguments.count("bad-rows") == 0) return std::nullopt;
  const auto rows = arguments["bad-rows"].as<int64_t>();
  if (rows >= 0) return rows;
  throw Error{ErrorKind::usage, str("--bad-rows: found ", rows, ", expected 0 or more")};
}

std::vector<std::string> segment_options(const cxxopts::ParseResult& arguments) {
  std::vector<std::string> given;
  for (const char* name : {"separator", "reduction"}) {
    if (arguments.count(name)) given.push_back(str("--", name));
  }
  return given;
}

// Of another format's rows they would change nothing.
static void check_segment_options(const std::optional<Format>& format,
                                  const std::vector<std::string>& given) {
  if (!format || given.empty() || std::holds_alternative<SegmentsFormat>(*format)) return;
  throw Error{ErrorKind::usage, str(given.front(), ": found it for rows of format ",
                                    format_name(*format), ", expected rows of segments")};
}

static void add_fields_of_json(const std::string& text, Fields& fields) {
  const Json json = parse_json(text, "--fields", ErrorKind::usage);
  for (const auto& [name, value] : json.items()) {
    if (!value.is_string() && !value.is_null()) {
      throw Error{ErrorKind::usage, str("--fields: found ", describe_json(value), " for \"", name,
                                        "\", expected a string, or null to leave it out")};
    }
    fields[name] = value.is_null() ? std::nullopt : std::optional(value.get<std::string>());
  }
}

// Each an object, or NAME=EXPRESSION.
static Fields fields_argument(const cxxopts::ParseResult& arguments) {
  Fields fields;
  for (const auto& argument : arguments.arguments()) {
    if (argument.key() != "fields") continue;
    const std::string& text = argument.value();
    const size_t equals = text.find('=');
    if (text.starts_with('{')) {
      add_fields_of_json(text, fields);
    } else if (equals == std::string::npos || equals == 0) {
      throw Error{ErrorKind::usage, str("--fields: found \"", text,
                                        "\", expected NAME=EXPRESSION, or a JSON object")};
    } else {
      fields[text.substr(0, equals)] = text.substr(equals + 1);
    }
  }
  return fields;
}

static FieldMap compiled(const Fields& fields) {
  try {
    return fields;
  } catch (const Error& error) {
    throw Error{error.kind, "--" + error.message};
  }
}

static SourceOptions source_of_shape(const Shape& shape) {
  SourceOptions source;
  Problems problems;
  Json options = shape.options;
  options["name"] = "shape";
  read_options(options, source, {}, problems);
  return source;
}

static RowGrouping grouping_of_shape(const cxxopts::ParseResult& arguments) {
  if (!arguments.count("shape")) return {};
  return source_of_shape(shape_named(arguments["shape"].as<std::string>(), "--shape: ")).grouping();
}

void refuse_grouping_shape(const cxxopts::ParseResult& arguments) {
  if (!grouping_of_shape(arguments).changes_rows()) return;
  throw Error{ErrorKind::usage,
              str("--shape: found ", arguments["shape"].as<std::string>(),
                  ", whose groups are made of several rows or of parts of one; expected a shape "
                  "whose rows are scored as they are")};
}

void refuse_step(const cxxopts::ParseResult& arguments, const std::string& done) {
  if (!arguments.count("step")) return;
  throw Error{ErrorKind::usage,
              str("--step: found it, expected the run's trained model; laurel export RUN OUTPUT "
                  "--step N makes a folder that can be ",
                  done)};
}

// What a shape's source has of RowOptions, where nothing else was given.
static void take_shape(const cxxopts::ParseResult& arguments, RowOptions& row, Fields& fields) {
  if (!arguments.count("shape")) return;
  const Shape& shape = shape_named(arguments["shape"].as<std::string>(), "--shape: ");
  SourceOptions source = source_of_shape(shape);
  if (!row.format) row.format = source.format;
  if (!arguments.count("text")) row.text = source.text;
  if (!row.separator && shape.options.contains("separator")) row.separator = source.separator;
  row.filter = source.rows.filter;
  fields.merge(source.rows.map);  // keeps those that are there
}

RowOptions row_options(const cxxopts::ParseResult& arguments) {
  RowOptions row;
  if (arguments.count("format"))
    row.format = format_argument(arguments["format"].as<std::string>());
  row.text = word_to_enum<TextChoice>("text", arguments["text"].as<std::string>());
  if (arguments.count("ignore")) {
    row.ignore = arguments["ignore"].as<std::vector<std::string>>();
  }
  if (arguments.count("max-length")) row.max_length = arguments["max-length"].as<int64_t>();
  if (arguments.count("special-text")) {
    row.special_text =
        word_to_enum<SpecialText>("special-text", arguments["special-text"].as<std::string>());
  }
  if (arguments.count("template-date")) {
    row.template_date = arguments["template-date"].as<std::string>();
  }
  if (arguments.count("template-kwargs")) {
    row.template_kwargs = object_argument(arguments, "template-kwargs");
  }
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
  Fields fields = fields_argument(arguments);
  take_shape(arguments, row, fields);
  check_segment_options(row.format, segment_options(arguments));
  row.fields = compiled(fields);
  const bool may_name_attributes = row.format && label_kind(*row.format) == LabelKind::pointwise;
  if (row.format && !may_name_attributes) check_fields(row.fields, *row.format, {});
  return row;
}

static RowGrouping grouping_argument(const cxxopts::ParseResult& arguments) {
  RowGrouping grouping = grouping_of_shape(arguments);
  if (arguments.count("expand")) {
    grouping.expand = word_to_enum<Expand>("expand", arguments["expand"].as<std::string>());
  }
  if (arguments.count("rows-per-group") == 0) return grouping;
  grouping.rows_per_group = arguments["rows-per-group"].as<int64_t>();
  if (grouping.rows_per_group >= 1 && grouping.expand == Expand::none) return grouping;
  throw Error{ErrorKind::usage, str("--rows-per-group: found ", grouping.rows_per_group,
                                    grouping.rows_per_group < 1 ? ", expected 1 or more"
                                                                : " beside --expand, expected one "
                                                                  "of the two")};
}

EvaluationRequest evaluation_request(const cxxopts::ParseResult& arguments) {
  const std::vector<std::string> paths = positionals(arguments);
  return {.model = paths[0],
          .files = {paths.begin() + 1, paths.end()},
          .split = split_argument(arguments),
          .grouping = grouping_argument(arguments),
          .rows = row_options(arguments),
          .meaning = {},
          .bad_rows = bad_rows_argument(arguments).value_or(0),
          .precision = compute_options(arguments).precision};
}

}  // namespace laurel
