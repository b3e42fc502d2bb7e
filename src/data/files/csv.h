// CSV reader: the rows of a table of texts, as the JSON that a line of a JSONL file would hold.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/files/byte_stream.h"
#include "data/files/raw_row.h"

namespace laurel {

// RFC 4180: cells between separators, in quotes where they hold separators, quotes (doubled) or line
// breaks. The first record names the columns. Every cell is a string, an empty one null: what a
// number is wanted for makes one of it. Blank lines are skipped. A row is named by the line that it
// begins in.
class CsvReader {
 public:
  CsvReader(ByteStream& bytes, char separator, size_t max_bytes = kMaxRowBytes)
      : bytes_(bytes), separator_(separator), max_bytes_(max_bytes) {}

  // Throws StreamError: for a header that names no columns, or two alike; a quote that is not closed,
  // text after a closing quote; where tabs are between the cells, a quoted one whose lines have the
  // tabs of rows. A row with more or fewer cells than the header has is RawRow::problem.
  std::optional<RawRow> next();

  int64_t number() const { return number_; }  // of the line in which what is being read begins

 private:
  bool read_record();
  void read_quoted();
  void refuse_swallowed_rows(std::string_view cell, int64_t opened) const;
  void read_plain();
  bool end_cell();
  void keep(std::string_view text);
  void take_line_break(int c);
  void read_header();
  [[noreturn]] void refuse(int64_t line, const std::string& found) const;

  ByteStream& bytes_;
  char separator_;
  size_t max_bytes_, size_ = 0;  // size_: of the record's cells so far
  int64_t number_ = 0, line_ = 1;
  std::vector<std::string> cells_, names_;  // names_ as JSON texts
  bool too_long_ = false, begun_ = false;
};

}  // namespace laurel
