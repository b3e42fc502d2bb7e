// JSONL reader: the lines of a file with their numbers.
#pragma once

#include <optional>

#include "data/files/byte_stream.h"
#include "data/files/raw_row.h"

namespace laurel {

// Skips blank lines. Reads no further than it has to, so it serves pipes too.
class LineReader {
 public:
  explicit LineReader(ByteStream& bytes, size_t max_bytes = kMaxRowBytes)
      : bytes_(bytes), max_bytes_(max_bytes) {}

  // Throws StreamError.
  std::optional<RawRow> next();

  int64_t number() const { return number_; }  // of the line that is being read

 private:
  bool read_line(RawRow& row);

  ByteStream& bytes_;
  size_t max_bytes_;
  int64_t number_ = 0;
};

}  // namespace laurel
