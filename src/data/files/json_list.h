// The rows of a JSON file that is one list of objects, one by one.
#pragma once

#include <optional>

#include "data/files/byte_stream.h"
#include "data/files/raw_row.h"

namespace laurel {

// Finds where each row ends without understanding it; parse_raw_row does that.
class JsonListReader {
 public:
  // `bytes` is at white space or at the list's bracket.
  explicit JsonListReader(ByteStream& bytes, size_t max_bytes = kMaxRowBytes)
      : bytes_(bytes), max_bytes_(max_bytes) {}

  // Throws StreamError, also where the list is not one.
  std::optional<RawRow> next();

  int64_t number() const { return number_; }  // of the row that is being read

 private:
  int take();
  int skip_space();
  void expect_end();
  RawRow read_row();
  [[noreturn]] void refuse(int found, const char* expected) const;

  ByteStream& bytes_;
  size_t max_bytes_;
  int64_t number_ = 0, line_ = 1;
  bool begun_ = false, ended_ = false;
};

}  // namespace laurel
