// Row reader: the rows of any data file, one by one, with their locations.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "data/files/arrow.h"
#include "data/files/byte_stream.h"
#include "data/files/csv.h"
#include "data/files/json_list.h"
#include "data/files/jsonl.h"
#include "data/files/parquet.h"
#include "data/files/raw_row.h"

namespace laurel {

// JSONL, a JSON list of objects, CSV and TSV, Arrow files and streams, any of them compressed with
// gzip, Zstandard or xz, and Parquet; the type is detected from the first bytes, that of CSV and TSV
// from the name. Reads nothing before next() is called; then all but Parquet from pipes too.
class RowReader {
 public:
  // Throws Error (data) if there is no such file, it is a folder, or its name says that it is of a
  // kind that is not read.
  explicit RowReader(const std::string& path, size_t max_row_bytes = kMaxRowBytes);

  static RowReader of_standard_input();

  RowReader(const RowReader&) = delete;

  // Throws Error (data) with the location that was reached: for other file types, damaged files and
  // truncated files.
  std::optional<RawRow> next();

  std::string where(const RawRow& row) const { return location_of(name_, row); }

  // Bytes of the file read so far, before decompression; for Parquet estimated from its row count.
  int64_t file_bytes_read() const;

 private:
  using Rows = std::variant<std::monostate, LineReader, JsonListReader, CsvReader, ArrowReader,
                            ParquetReader>;

  RowReader(ByteStream::Read read, std::string name, size_t max_row_bytes);

  void open();
  std::optional<RawRow> next_row();
  void refuse_whole_table(const RawRow& row);
  std::string reached() const;

  std::string name_;
  bool seekable_ = false;  // Parquet is read from its end
  size_t max_row_bytes_;
  ByteStream bytes_;
  Rows rows_;
};

}  // namespace laurel
