// A row as its file holds it: text that should be a JSON object, and its location.
#pragma once

#include <cstdint>
#include <string>

#include "core/json.h"

namespace laurel {

// The most bytes of a row's text; more is never kept in memory.
inline constexpr size_t kMaxRowBytes = size_t{64} << 20;

struct RawRow {
  int64_t number = 0;     // from 1: its line in a JSONL file, blank lines counted too, else its row
  bool is_line = true;    // what `number` is
  int64_t line = 0;       // of a row of a JSON list: the line that it begins in
  std::string text = {};  // without line ending
  bool too_long = false;  // over the limit; `text` is then only its beginning
  std::string problem =
      {};  // of the row alone: why its text says nothing; the next one can be read
};

// Of a table: the row that begins at `begin` of `lines` and ends in '\n'; moves `begin` behind it.
RawRow next_line_row(const std::string& lines, size_t& begin, int64_t number, size_t max_bytes);

// "NAME:12" for a line, "NAME:row 12" for a row, "NAME:row 12 (line 40)" in a JSON list.
std::string location_of(const std::string& name, const RawRow& row);

// The number of a row and what it is, as one number below 2^40, for Group::id; and its text in
// messages, "12" or "row 12".
uint64_t location_id(const RawRow& row);
std::string location_text(uint64_t place);

// The row's object. Throws Error (data) that starts with `where`.
Json parse_raw_row(const RawRow& row, const std::string& where);

}  // namespace laurel
