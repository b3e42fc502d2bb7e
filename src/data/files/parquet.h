// Rows of a Parquet file, as the JSON that a line of a JSONL file would hold.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "data/files/raw_row.h"

struct laurel_parquet;

namespace laurel {

// Decodes a few hundred rows at a time, in order.
class ParquetReader {
 public:
  // Reads the file's end only. Throws StreamError.
  explicit ParquetReader(const std::string& path, size_t max_bytes = kMaxRowBytes);

  // Throws StreamError.
  std::optional<RawRow> next();

  int64_t number() const { return number_; }  // of the row that is being read, 0 before the first
  uint64_t rows() const { return rows_; }     // of the whole file

 private:
  struct Free {
    void operator()(laurel_parquet* file) const;
  };

  std::unique_ptr<laurel_parquet, Free> file_;
  size_t max_bytes_;
  uint64_t rows_ = 0;
  int64_t number_ = 0;
  std::string lines_;  // decoded rows; those from begin_ on are not handed out
  size_t begin_ = 0;
};

}  // namespace laurel
