// The importer: rows of any data file, one by one, with their places.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "data/byte_stream.h"
#include "data/json_list.h"
#include "data/jsonl.h"
#include "data/parquet.h"
#include "data/raw_row.h"

namespace laurel {

// JSONL, a JSON list of objects, either of them packed with gzip or Zstandard, and Parquet; which,
// the first bytes say. Reads nothing before next() is called; then JSONL and lists from pipes too.
class RowReader {
 public:
  // Throws Error (data) if there is no such file, it is a folder, or its name says that it is of a
  // kind that is not read.
  explicit RowReader(const std::string& path, size_t most_row_bytes = kMostRowBytes);

  static RowReader of_standard_input();

  RowReader(const RowReader&) = delete;

  // Throws Error (data) with the place that was reached: for other files than these, for damaged
  // ones, and where they are cut off.
  std::optional<RawRow> next();

  std::string where(const RawRow& row) const { return where_of(name_, row); }

  // Bytes of the file that rows up to here lie in, as stored; for Parquet a share of its size.
  int64_t stored_bytes() const;

 private:
  using Rows = std::variant<std::monostate, LineReader, JsonListReader, ParquetReader>;

  RowReader(ByteStream::Read read, std::string name, size_t most_row_bytes);

  void open();
  std::string reached() const;

  std::string name_;
  bool seekable_ = false;  // Parquet is read from its end
  size_t most_row_bytes_;
  ByteStream bytes_;
  Rows rows_;
};

}  // namespace laurel
