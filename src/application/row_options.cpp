// Completes and checks the options of rows.
#include "application/row_options.h"

#include <array>
#include <filesystem>
#include <string_view>
#include <utility>

#include "core/str.h"
#include "data/records/format.h"

namespace laurel {

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

void fill_defaults(RowOptions& options, const RewardConfig& model) {
  if (!options.separator) {
    options.separator = common_value(model, &SourceRecord::separator).value_or("\n");
  }
  if (!options.reduction) {
    options.reduction = common_value(model, &SourceRecord::reduction).value_or(Reduction::mean);
  }
  options.attributes = model.attributes;
}

void check_fields(const FieldMap& fields, const Format& format,
                  const std::vector<std::string>& attributes) {
  const std::vector<std::string> problems = problems_of_names(fields.fields(), format, attributes);
  if (!problems.empty()) throw Error{ErrorKind::usage, "--" + join(problems, "\n  --")};
}

RowReading reading_of(const Json& row, const RowOptions& options, const std::string& where,
                      bool labelled) {
  RowReading reading{.format = {}, .fields = options.fields};
  const auto messages = row.find("messages");
  const bool whole_dialogue = messages != row.end() && messages->is_array() &&
                              !options.fields.contains("response") && !row.contains("response");
  const bool may_be_response =
      options.format ? std::holds_alternative<PointwiseFormat>(*options.format)
                     : whole_dialogue && recognised_formats(row, options.fields).empty();
  if (whole_dialogue && may_be_response) {
    reading.fields = reading.fields.with("response", "messages");
    reading.format = PointwiseFormat{};
  } else {
    reading.format =
        options.format ? *options.format : detect_format(row, options.fields, where, labelled);
  }
  if (options.attributes) check_fields(options.fields, reading.format, *options.attributes);
  return reading;
}

std::string with_command_options(std::string message) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kWords{
      {{"model.max_length", "--max-length"},
       {"model.template_date", "--template-date"},
       {"model.template_kwargs", "--template-kwargs"},
       {"data.bad_rows", "--bad-rows"},
       {"data.special_text", "--special-text"},
       {"\"text\": \"chat\"", "--text chat"},
       {"\"text\": \"plain\"", "--text plain"},
       {"(\"fields\" says where", "(--fields says where"},
       {"set split to", "set --split to"},
       {"leave split out", "leave --split out"},
       {": covariates.", ": --covariate "},
       {"say so in fields", "say so with --fields"},
       {"name the format", "name it with --format"}}};
  for (const auto& [word, option] : kWords) {
    for (size_t at = message.find(word); at != std::string::npos;
         at = message.find(word, at + option.size())) {
      message.replace(at, word.size(), option);
    }
  }
  return message;
}

FirstRow first_row(const std::string& file, const RowGrouping& grouping, const RowOptions& options,
                   int64_t bad_rows, Log& log) {
  if (options.format && !std::filesystem::is_regular_file(file)) {
    return {.row = Json::object(), .reading = {*options.format, options.fields}};
  }
  GroupedReader reader(file, grouping);
  for (int64_t bad = 0; const std::optional<RawRow> row = reader.next(); ++bad) {
    const std::string where = reader.where(*row);
    try {
      FirstRow first{.row = parse_raw_row(*row, where), .reading = {}};
      first.reading = reading_of(first.row, options, where, true);
      log.info(str(file, ": format ", format_name(first.reading.format),
                   options.format ? ", as --format says" : ", by the fields of its first row"));
      return first;
    } catch (const Error& error) {
      if (error.kind != ErrorKind::data || bad == bad_rows) throw;
    }
  }
  throw Error{ErrorKind::data, str(file, ": found no rows")};
}

}  // namespace laurel
