// Looks at the first row of a source.
#include "application/shape_hint.h"

#include <filesystem>

#include "core/error.h"
#include "core/str.h"
#include "data/files/row_reader.h"
#include "data/sources/shapes.h"

namespace laurel {

static std::optional<Json> first_row_of(const SourceOptions& source) {
  const std::vector<Path>& files = source.train.empty() ? source.eval : source.train;
  if (files.empty() || !std::filesystem::is_regular_file(files[0].value)) return std::nullopt;
  try {
    RowReader reader(files[0].value);
    const std::optional<RawRow> row = reader.next();
    if (row) return parse_raw_row(*row, reader.where(*row));
  } catch (const Error& error) {
    if (error.kind != ErrorKind::data) throw;
  }
  return std::nullopt;
}

std::vector<std::string> shape_hint(const SourceOptions& source) {
  if (source.rows.shape) return {};
  const std::optional<Json> row = first_row_of(source);
  if (!row) return {};
  std::vector<std::string> hints;
  for (const Shape* shape : recognised_shapes(*row)) {
    hints.push_back(str("source ", source.name, ": its rows look like the shape ", shape->name,
                        " (", shape->about, "); \"shape\": \"", shape->name,
                        "\" would read them so"));
  }
  return hints;
}

}  // namespace laurel
