// Locations of rows, and parsing of a row's text.
#include "data/files/raw_row.h"

#include <algorithm>

#include "core/error.h"
#include "core/str.h"

namespace laurel {

static constexpr size_t kMaxKeys = 2000;  // a row may be long enough for many such objects
static constexpr uint64_t kIsRow = uint64_t{1} << 39;

uint64_t location_id(const RawRow& row) {
  return static_cast<uint64_t>(row.number) | (row.is_line ? 0 : kIsRow);
}

std::string location_text(uint64_t place) {
  return str(place & kIsRow ? "row " : "", place & ~kIsRow);
}

std::string location_of(const std::string& name, const RawRow& row) {
  const std::string where = str(name, ":", location_text(location_id(row)));
  return row.line > 0 ? str(where, " (line ", row.line, ")") : where;
}

RawRow next_line_row(const std::string& lines, size_t& begin, int64_t number, size_t max_bytes) {
  const size_t size = lines.find('\n', begin) - begin;
  RawRow row{.number = number, .is_line = false, .too_long = size > max_bytes};
  row.text.assign(lines, begin, std::min(size, max_bytes));
  begin += size + 1;
  return row;
}

Json parse_raw_row(const RawRow& row, const std::string& where) {
  if (row.too_long) {
    throw Error{ErrorKind::data, str(where, ": found a ", row.is_line ? "line" : "row",
                                     " of more than ", row.text.size(), " bytes, expected a row")};
  }
  if (!row.problem.empty()) throw Error{ErrorKind::data, str(where, ": ", row.problem)};
  if (row.text.find('\0') != std::string::npos) {
    throw Error{ErrorKind::data,
                str(where, ": found a NUL byte, expected JSON text (is the file damaged?)")};
  }
  if (row.is_line && row.text.starts_with('{') &&
      std::string_view("{[,:").find(row.text.back()) != std::string_view::npos) {
    throw Error{ErrorKind::data,
                str(where,
                    ": found an object that continues on the next line, expected one object "
                    "per line, or a file that is one list of objects")};
  }
  Json object = parse_json(row.text, where, ErrorKind::data, {.keys = kMaxKeys, .one_line = true});
  if (object.is_object()) return object;
  throw Error{ErrorKind::data, str(where, ": found ", describe_json(object), ", expected ",
                                   row.is_line ? "one JSON object per line" : "an object")};
}

}  // namespace laurel
