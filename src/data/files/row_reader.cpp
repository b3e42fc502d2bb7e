// Row reader: the file type is detected from the content; names only exclude unsupported types.
#include "data/files/row_reader.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/error.h"
#include "core/str.h"
#include "data/files/data_folder.h"
#include "data/files/whole_table.h"

namespace laurel {

namespace {

struct Signature {
  std::string_view bytes, meaning;
};

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kParquet = "PAR1";
constexpr std::string_view kArrowFile = "ARRO", kArrowStream = "\xFF\xFF\xFF\xFF";
constexpr Signature kOtherFiles[] = {
    {"\x1F\x8B", "gzip data inside compressed data; decompress it first"},
    {"\x28\xB5\x2F\xFD", "Zstandard data inside compressed data; decompress it first"},
    {"PK\x03\x04", "a zip archive; extract it first"},
    {"\xFD\x37zX", "xz data inside compressed data; decompress it first"},
    {"BZh", "bzip2 data; decompress it first"},
    {"PARE", "an encrypted Parquet file; write it without encryption first"},
    {"FEA1", "a Feather file of version 1; write it again (pandas: to_feather)"},
    {"Obj\x01", "an Avro file; write it as JSONL or Parquet first"},
    {"\xFF\xFE", "UTF-16 text; write it as UTF-8 first"},
    {"\xFE\xFF", "UTF-16 text; write it as UTF-8 first"},
};

// What stands between the cells of a file of this name, where it is a table of texts.
std::optional<char> separator_of(std::string_view name) {
  for (const std::string_view ending : {".gz", ".zst", ".xz"}) {
    if (name.ends_with(ending)) name.remove_suffix(ending.size());
  }
  if (name.ends_with(".csv")) return ',';
  if (name.ends_with(".tsv")) return '\t';
  return std::nullopt;
}

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
  if (beginning.starts_with(kArrowFile) || beginning.starts_with(kArrowStream)) {
    rows_.emplace<ArrowReader>(bytes_, max_row_bytes_);
    return;
  }
  for (const auto& [bytes, meaning] : kOtherFiles) {
    if (!beginning.starts_with(bytes)) continue;
    throw Error{ErrorKind::data, str(name_, ": expected ", kReadKinds, ", found ", meaning)};
  }
  if (beginning.starts_with(kByteOrderMark)) bytes_.skip(kByteOrderMark.size());
  if (const std::optional<char> separator = separator_of(name_)) {
    rows_.emplace<CsvReader>(bytes_, *separator, max_row_bytes_);
  } else if (begins_list(bytes_)) {
    rows_.emplace<JsonListReader>(bytes_, max_row_bytes_);
  } else {
    rows_.emplace<LineReader>(bytes_, max_row_bytes_);
  }
}

// The location that a reader has reached, for errors of the file and not of a row.
std::string RowReader::reached() const {
  if (rows_.valueless_by_exception()) return name_;  // its reader could not be made
  RawRow row;
  std::visit(
      [&]<class Reader>(const Reader& reader) {
        if constexpr (!std::is_same_v<Reader, std::monostate>) {
          row.number = reader.number();
          row.is_line = std::is_same_v<Reader, LineReader> || std::is_same_v<Reader, CsvReader>;
        }
      },
      rows_);
  return row.number > 0 ? location_of(name_, row) : name_;
}

// The first line of a file may be all of it: a table in one object, and no row.
void RowReader::refuse_whole_table(const RawRow& row) {
  if (row.number != 1 || !seekable_ || !std::holds_alternative<LineReader>(rows_)) return;
  if (row.too_long || bytes_.peek() >= 0) return;
  Json object;
  try {
    object = parse_raw_row(row, where(row));
  } catch (const Error&) {
    return;  // whoever asks for the row is told
  }
  if (const auto problem = whole_table_problem(object)) throw StreamError{*problem};
}

std::optional<RawRow> RowReader::next() {
  try {
    if (std::holds_alternative<std::monostate>(rows_)) open();
    std::optional<RawRow> row = next_row();
    if (row) refuse_whole_table(*row);
    return row;
  } catch (const StreamError& error) {
    throw Error{ErrorKind::data, str(reached(), ": ", error.reason)};
  }
}

std::optional<RawRow> RowReader::next_row() {
  return std::visit(
      []<class Reader>(Reader& reader) -> std::optional<RawRow> {
        if constexpr (std::is_same_v<Reader, std::monostate>) {
          return std::nullopt;
        } else {
          return reader.next();
        }
      },
      rows_);
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
