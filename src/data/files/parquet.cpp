// Parquet reader: the Rust side decodes to JSON, so that rows of all file types are parsed alike.
#include "data/files/parquet.h"

#include "core/str.h"
#include "data/files/byte_stream.h"
#include "laurel_rust.h"

namespace laurel {

static constexpr size_t kRowsAtOnce = 1024;
static constexpr size_t kBytesAtOnce = size_t{4} << 20;

static void check(char* message) {
  if (!message) return;
  const StreamError error{str("found Parquet data that cannot be read: ", message)};
  laurel_message_free(message);
  throw error;
}

void ParquetReader::Free::operator()(laurel_parquet* file) const { laurel_parquet_free(file); }

ParquetReader::ParquetReader(const std::string& path, size_t max_bytes) : max_bytes_(max_bytes) {
  laurel_parquet* file = nullptr;
  check(laurel_parquet_new(path.c_str(), &file, &rows_));
  file_.reset(file);
}

std::optional<RawRow> ParquetReader::next() {
  ++number_;
  if (begin_ == lines_.size()) {
    laurel_bytes bytes{};
    check(laurel_parquet_next(file_.get(), kRowsAtOnce, kBytesAtOnce, max_bytes_, &bytes));
    lines_.assign(bytes.data, bytes.size);
    laurel_bytes_free(bytes);
    begin_ = 0;
    if (lines_.empty()) return std::nullopt;
  }
  return next_line_row(lines_, begin_, number_, max_bytes_);
}

}  // namespace laurel
