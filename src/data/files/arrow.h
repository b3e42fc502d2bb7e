// Rows of an Arrow file or stream, as the JSON that a line of a JSONL file would hold.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "data/files/byte_stream.h"
#include "data/files/raw_row.h"

struct laurel_arrow;

namespace laurel {

// Reads from the first byte to the last, so it serves pipes too; one batch of rows is in memory.
class ArrowReader {
 public:
  explicit ArrowReader(ByteStream& bytes, size_t max_bytes = kMaxRowBytes);

  // Throws StreamError.
  std::optional<RawRow> next();

  int64_t number() const { return number_; }  // of the row that is being read, 0 before the first

 private:
  struct Input;
  struct Free {
    void operator()(Input* input) const;
  };

  void check(char* message);

  std::unique_ptr<Input, Free> input_;
  size_t max_bytes_;
  int64_t number_ = 0;
  std::string lines_;  // decoded rows; those from begin_ on are not handed out
  size_t begin_ = 0;
};

}  // namespace laurel
