// Reads lines one by one, so that a huge file or a pipe needs no more memory than its longest line.
#include "data/jsonl.h"

#include <filesystem>

#include "core/error.h"
#include "core/str.h"

namespace laurel {

namespace {

struct Signature {
  std::string_view bytes, meaning;
};

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr Signature kOtherFiles[] = {
    {"\x1F\x8B", "gzip data; decompress it first"},
    {"\x28\xB5\x2F\xFD", "Zstandard data; decompress it first"},
    {"PK\x03\x04", "a zip archive; extract it first"},
    {"PAR1", "a Parquet file; write it as JSONL first"},
    {"\xFF\xFE", "UTF-16 text; write it as UTF-8 first"},
    {"\xFE\xFF", "UTF-16 text; write it as UTF-8 first"},
};

void refuse_other_files(std::string_view beginning, const std::string& where) {
  for (const auto& [bytes, meaning] : kOtherFiles) {
    if (!beginning.starts_with(bytes)) continue;
    throw Error{ErrorKind::data, str(where, ": expected JSONL, found ", meaning)};
  }
}

}  // namespace

LineReader::LineReader(std::istream& in, std::string name, size_t max_line_bytes)
    : in_(in), name_(std::move(name)), max_line_bytes_(max_line_bytes) {}

std::string LineReader::where(const Line& line) const { return str(name_, ":", line.number); }

// A read that fails (a broken disk, a folder behind a pipe) reaches us as a stream exception.
bool LineReader::read_line(Line& line) {
  try {
    return read_line_unchecked(line);
  } catch (const std::ios_base::failure&) {
    throw Error{ErrorKind::data, str(name_, ": cannot be read to its end")};
  }
}

bool LineReader::read_line_unchecked(Line& line) {
  constexpr auto kEnd = std::istream::traits_type::eof();
  line = {.number = ++number_, .text = {}};
  int c = in_.rdbuf()->sbumpc();
  if (c == kEnd) return false;
  for (; c != kEnd && c != '\n'; c = in_.rdbuf()->sbumpc()) {
    ++bytes_;
    if (line.text.size() < max_line_bytes_) {
      line.text += static_cast<char>(c);
    } else {
      line.too_long = true;
    }
  }
  if (c == '\n') ++bytes_;
  if (line.text.ends_with('\r')) line.text.pop_back();
  return true;
}

std::optional<Line> LineReader::next() {
  for (Line line; read_line(line);) {
    if (line.number == 1) {
      refuse_other_files(line.text, where(line));
      if (line.text.starts_with(kByteOrderMark)) line.text.erase(0, kByteOrderMark.size());
    }
    if (line.text.find_first_not_of(" \t\r") != std::string::npos) return line;
  }
  return std::nullopt;
}

std::ifstream open_data_file(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    throw Error{ErrorKind::data, str(path, ": no such file")};
  }
  if (std::filesystem::is_directory(path, ignored)) {
    throw Error{ErrorKind::data, str(path, ": found a folder, expected a JSONL file")};
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Error{ErrorKind::data, str(path, ": cannot be opened for reading")};
  return in;
}

Json parse_line(const Line& line, const std::string& where) {
  if (line.too_long) {
    throw Error{ErrorKind::data, str(where, ": found a line of more than ", line.text.size(),
                                     " bytes, expected a row")};
  }
  if (line.text.find('\0') != std::string::npos) {
    throw Error{ErrorKind::data,
                str(where, ": found a NUL byte, expected JSON text (is the file damaged?)")};
  }
  Json row = parse_json(line.text, where, ErrorKind::data);
  if (row.is_object()) return row;
  throw Error{ErrorKind::data,
              str(where, ": found ", kind_of(row), ", expected one JSON object per line")};
}

}  // namespace laurel
