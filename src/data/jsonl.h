// Lines of a JSONL file with their numbers, whatever the file turns out to hold.
#pragma once

#include <cstdint>
#include <fstream>
#include <istream>
#include <optional>
#include <string>
#include <string_view>

#include "core/json.h"

namespace laurel {

struct Line {
  int64_t number;         // from 1, counting every line of the file
  std::string text;       // without line ending, and without the byte order mark
  bool too_long = false;  // over the limit; `text` is then only its beginning
};

// Skips blank lines. Reads no further than it has to, so it serves pipes too.
class LineReader {
 public:
  static constexpr size_t kMaxLineBytes = size_t{64} << 20;

  LineReader(std::istream& in, std::string name, size_t max_line_bytes = kMaxLineBytes);

  // Throws Error (data) if the file is not text of this kind at all: compressed, UTF-16, Parquet.
  std::optional<Line> next();

  int64_t bytes_read() const { return bytes_; }
  std::string where(const Line& line) const;  // "name:number"

 private:
  bool read_line(Line& line);
  bool read_line_unchecked(Line& line);

  std::istream& in_;
  std::string name_;
  size_t max_line_bytes_;
  int64_t number_ = 0, bytes_ = 0;
};

// Opens a file for LineReader. Throws Error (data) if there is none or it is a folder.
std::ifstream open_data_file(const std::string& path);

// The line's object. Throws Error (data) that starts with `where`.
Json parse_line(const Line& line, const std::string& where);

}  // namespace laurel
