// Row reader: the file type is detected from the content; names only exclude unsupported types.
#include "data/files/row_reader.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/error.h"
#include "core/str.h"
#include "data/files/data_files.h"

namespace laurel {

namespace {

struct Signature {
  std::string_view bytes, meaning;
};

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kParquet = "PAR1";
constexpr Signature kOtherFiles[] = {
    {"\x1F\x8B", "gzip data inside compressed data; decompress it first"},
    {"\x28\xB5\x2F\xFD", "Zstandard data inside compressed data; decompress it first"},
    {"PK\x03\x04", "a zip archive; extract it first"},
    {"\xFD\x37zX", "xz data; decompress it first"},
    {"BZh", "bzip2 data; decompress it first"},
    {"PARE", "an encrypted Parquet file; write it without encryption first"},
    {"ARRO", "an Arrow file; write it as Parquet first (datasets: load_dataset, to_parquet)"},
    {"Obj\x01", "an Avro file; write it as JSONL or Parquet first"},
    {"\xFF\xFE", "UTF-16 text; write it as UTF-8 first"},
    {"\xFE\xFF", "UTF-16 text; write it as UTF-8 first"},
};

// Whether the first byte that is not white space begins a list. It must be near the beginning.
bool begins_list(ByteStream& bytes) {
  constexpr size_t kFarthest = 1 << 16;
  for (size_t size = 1; size <= kFarthest; size *= 2) {
    const std::string_view text = bytes.lookahead(size);
    const size_t first = text.find_first_not_of(" \t\r\n");
    if (first != std::string_view::npos) return text[first] == '[';
    if (text.size() < size) return false;
  }
  return false;
}

}  // namespace

RowReader::RowReader(ByteStream::Read read, std::string name, size_t max_row_bytes)
    : name_(std::move(name)), max_row_bytes_(max_row_bytes), bytes_(std::move(read)) {}

RowReader::RowReader(const std::string& path, size_t max_row_bytes)
    : RowReader((refuse_by_extension(path), bytes_of_file(path)), path, max_row_bytes) {
  std::error_code ignored;
  seekable_ = std::filesystem::is_regular_file(path, ignored);
}

RowReader RowReader::of_standard_input() {
  return {bytes_of_standard_input(), "standard input", kMaxRowBytes};
}

void RowReader::open() {
  std::string_view beginning = bytes_.lookahead(4);
  if (beginning.starts_with(kParquet)) {
    if (bytes_.is_compressed() || !seekable_) {
      throw Error{ErrorKind::data,
                  str(name_, ": found Parquet data ",
                      bytes_.is_compressed() ? "inside compressed data" : "in a pipe",
                      ", which is read from its end; give a Parquet file by its name")};
    }
    rows_.emplace<ParquetReader>(name_, max_row_bytes_);
    return;
  }
  for (const auto& [bytes, meaning] : kOtherFiles) {
    if (!beginning.starts_with(bytes)) continue;
    throw Error{ErrorKind::data, str(name_, ": expected JSONL, JSON or Parquet, found ", meaning)};
  }
  if (beginning.starts_with(kByteOrderMark)) bytes_.skip(kByteOrderMark.size());
  if (begins_list(bytes_)) {
    rows_.emplace<JsonListReader>(bytes_, max_row_bytes_);
  } else {
    rows_.emplace<LineReader>(bytes_, max_row_bytes_);
  }
}

// The location that a reader has reached, for errors of the file and not of a row.
std::string RowReader::reached() const {
  RawRow row;
  if (const auto* lines = std::get_if<LineReader>(&rows_)) row.number = lines->number();
  row.is_line = row.number > 0;
  if (const auto* list = std::get_if<JsonListReader>(&rows_)) row.number = list->number();
  if (const auto* parquet = std::get_if<ParquetReader>(&rows_)) row.number = parquet->number();
  return row.number > 0 ? location_of(name_, row) : name_;
}

std::optional<RawRow> RowReader::next() {
  try {
    if (std::holds_alternative<std::monostate>(rows_)) open();
    if (auto* lines = std::get_if<LineReader>(&rows_)) return lines->next();
    if (auto* list = std::get_if<JsonListReader>(&rows_)) return list->next();
    return std::get<ParquetReader>(rows_).next();
  } catch (const StreamError& error) {
    throw Error{ErrorKind::data, str(reached(), ": ", error.reason)};
  }
}

int64_t RowReader::file_bytes_read() const {
  const auto* parquet = std::get_if<ParquetReader>(&rows_);
  if (!parquet || parquet->rows() == 0) return bytes_.file_bytes_read();
  std::error_code none;
  const auto size = static_cast<double>(std::filesystem::file_size(name_, none));
  const double share =
      static_cast<double>(parquet->number()) / static_cast<double>(parquet->rows());
  return none ? 0 : static_cast<int64_t>(size * std::min(1.0, share));
}

}  // namespace laurel
