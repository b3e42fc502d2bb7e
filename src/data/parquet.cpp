// The Rust side decodes and writes JSON, so that there is one way from a row's text to its group.
#include "data/parquet.h"

#include <algorithm>

#include "core/str.h"
#include "data/byte_stream.h"
#include "laurel_rust.h"

namespace laurel {

static constexpr size_t kRowsAtOnce = 1024;
static constexpr size_t kBytesAtOnce = size_t{4} << 20;

static void check(char* message) {
  if (!message) return;
  const BrokenStream broken{str("found Parquet data that cannot be read: ", message)};
  laurel_message_free(message);
  throw broken;
}

void ParquetReader::Free::operator()(laurel_parquet* file) const { laurel_parquet_free(file); }

ParquetReader::ParquetReader(const std::string& path, size_t most_bytes) : most_bytes_(most_bytes) {
  laurel_parquet* file = nullptr;
  check(laurel_parquet_new(path.c_str(), &file, &rows_));
  file_.reset(file);
}

std::optional<RawRow> ParquetReader::next() {
  ++number_;
  if (begin_ == lines_.size()) {
    laurel_bytes bytes{};
    check(laurel_parquet_next(file_.get(), kRowsAtOnce, kBytesAtOnce, most_bytes_, &bytes));
    lines_.assign(bytes.data, bytes.size);
    laurel_bytes_free(bytes);
    begin_ = 0;
    if (lines_.empty()) return std::nullopt;
  }
  const size_t size = lines_.find('\n', begin_) - begin_;
  RawRow row{.number = number_, .is_line = false, .too_long = size > most_bytes_};
  row.text.assign(lines_, begin_, std::min(size, most_bytes_));
  begin_ += size + 1;
  return row;
}

}  // namespace laurel
