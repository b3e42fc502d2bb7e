// Places of rows, and the step from a row's text to its object.
#include "data/raw_row.h"

#include "core/error.h"
#include "core/str.h"

namespace laurel {

static constexpr size_t kMostKeys = 2000;  // a row may be long enough for many such objects
static constexpr uint64_t kIsRow = uint64_t{1} << 39;

uint64_t place_of(const RawRow& row) {
  return static_cast<uint64_t>(row.number) | (row.is_line ? 0 : kIsRow);
}

std::string place_text(uint64_t place) {
  return str(place & kIsRow ? "row " : "", place & ~kIsRow);
}

std::string where_of(const std::string& name, const RawRow& row) {
  const std::string where = str(name, ":", place_text(place_of(row)));
  return row.line > 0 ? str(where, " (line ", row.line, ")") : where;
}

Json parse_raw_row(const RawRow& row, const std::string& where) {
  if (row.too_long) {
    throw Error{ErrorKind::data, str(where, ": found a ", row.is_line ? "line" : "row",
                                     " of more than ", row.text.size(), " bytes, expected a row")};
  }
  if (row.text.find('\0') != std::string::npos) {
    throw Error{ErrorKind::data,
                str(where, ": found a NUL byte, expected JSON text (is the file damaged?)")};
  }
  if (row.is_line && row.text == "{") {
    throw Error{ErrorKind::data,
                str(where,
                    ": found an object that goes on in the next line, expected one object "
                    "per line, or a file that is one list of objects")};
  }
  Json object = parse_json(row.text, where, ErrorKind::data, {.keys = kMostKeys});
  if (object.is_object()) return object;
  throw Error{ErrorKind::data, str(where, ": found ", kind_of(object), ", expected ",
                                   row.is_line ? "one JSON object per line" : "an object")};
}

}  // namespace laurel
