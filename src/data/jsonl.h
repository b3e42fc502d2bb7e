// Lines of a JSONL file with their numbers, whatever the file turns out to hold.
#pragma once

#include <optional>

#include "data/byte_stream.h"
#include "data/raw_row.h"

namespace laurel {

// Skips blank lines. Reads no further than it has to, so it serves pipes too.
class LineReader {
 public:
  explicit LineReader(ByteStream& bytes, size_t most_bytes = kMostRowBytes)
      : bytes_(bytes), most_bytes_(most_bytes) {}

  // Throws BrokenStream.
  std::optional<RawRow> next();

  int64_t number() const { return number_; }  // of the line that is being read

 private:
  bool read_line(RawRow& row);

  ByteStream& bytes_;
  size_t most_bytes_;
  int64_t number_ = 0;
};

}  // namespace laurel
