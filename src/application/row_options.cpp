// Completes and checks the options of rows.
#include "application/row_options.h"

#include "core/str.h"
#include "data/files/row_reader.h"
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
}

void check_columns(const RowOptions& options, const Format& format) {
  SourceOptions source;
  source.name = "eval";
  source.format = format;
  source.eval = {{"any.jsonl"}};
  source.columns = options.columns;
  const std::vector<std::string> problems = problems_in_source(source);
  if (!problems.empty()) throw Error{ErrorKind::usage, "--" + join(problems, "\n  --")};
}

Format format_of_first_row(const std::string& file, const RowOptions& options, Log& log) {
  RowReader reader(file);
  const std::optional<RawRow> row = reader.next();
  if (!row) throw Error{ErrorKind::data, str(file, ": found no rows")};
  const std::string where = reader.where(*row);
  const Format format = detect_format(parse_raw_row(*row, where), options.columns, where);
  log.info(str(file, ": format ", format_name(format), ", by the fields of its first row"));
  return format;
}

}  // namespace laurel
