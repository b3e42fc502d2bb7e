// CSV reader: only the record that is being read is in memory.
#include "data/files/csv.h"

#include <algorithm>
#include <set>

#include "core/str.h"

namespace laurel {

namespace {

constexpr int kEndOfFile = -1;
constexpr size_t kMostCells = 100'000;  // of a record, whose text may be of commas alone

// As JSON. Bytes that are not UTF-8, and NULs, stay: parse_raw_row refuses them.
std::string json_string(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (c > 0 && c < ' ') {
      constexpr std::string_view kHex = "0123456789abcdef";
      json += c < 0x10 ? "\\u000" : "\\u001";
      json += kHex[static_cast<size_t>(c) & 0xF];
    } else {
      json += c;
    }
  }
  return json + '"';
}

std::string separators(char separator) { return separator == '\t' ? "tabs" : "commas"; }

int64_t line_breaks(std::string_view text) {
  int64_t breaks = std::ranges::count(text, '\n');
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n')) ++breaks;
  }
  return breaks;
}

// Whether the lines of a quoted cell in `column` have the tabs that the rest of a row, whole rows and
// the start of one up to the same column would have: then the row has as many cells as any other.
bool has_tabs_of_rows(std::string_view cell, int64_t columns, int64_t column) {
  int64_t expected = columns - 1 - column;
  for (;;) {
    const size_t end = cell.find_first_of("\r\n");
    const int64_t tabs = std::ranges::count(cell.substr(0, end), '\t');
    if (end == std::string_view::npos) return tabs == column;
    if (tabs != expected) return false;
    expected = columns - 1;
    cell.remove_prefix(end);
    cell.remove_prefix(cell.starts_with("\r\n") ? 2 : 1);
  }
}

// The names of the columns are few, so their order is kept.
std::string listed(const std::vector<std::string>& names) {
  constexpr size_t kShown = 12;
  std::vector<std::string> some(names.begin(), names.begin() + std::min(names.size(), kShown));
  if (names.size() > kShown) some.emplace_back("...");
  return join(some, ", ");
}

}  // namespace

void CsvReader::refuse(int64_t line, const std::string& found) const {
  throw StreamError{line == number_ ? found : str("in line ", line, ": ", found)};
}

// Counts what a too long record would need, but does not keep it.
void CsvReader::keep(std::string_view text) {
  const size_t room = max_bytes_ - size_;
  cells_.back() += text.substr(0, room);
  size_ += std::min(room, text.size());
  too_long_ |= text.size() > room;
  line_ += std::ranges::count(text, '\n');
  bytes_.skip(text.size());
}

// Where a file does not quote, a cell may begin with a quote that is text, and the next such cell
// ends what is then taken for one: all rows between the two would be lost. Such a cell has the tabs
// of these rows; code in a file that does quote has others. The header, which says how many there
// are, has no such cell at all.
void CsvReader::refuse_swallowed_rows(std::string_view cell, int64_t opened) const {
  if (separator_ != '\t' || cell.find('\t') == std::string_view::npos) return;
  const int64_t breaks = line_breaks(cell);
  if (breaks == 0) return;
  const int64_t columns = std::ssize(names_);
  if (columns > 0 && !has_tabs_of_rows(cell, columns, std::ssize(cells_) - 1)) return;
  const int64_t closed = std::max(line_, opened + breaks);  // of a long cell only a part is here
  refuse(opened,
         str("found a quoted cell over ", closed - opened + 1, " lines, closed in line ", closed,
             ", with the tabs of several rows in it, as of a file that does not quote, "
             "expected a cell of one row; write a cell that begins with \" in quotes, "
             "with each \" in it twice (RFC 4180), or convert the file to JSONL"));
}

// What is between the quotes; the first of them is next. A quote inside is doubled.
void CsvReader::read_quoted() {
  const int64_t opened = line_;
  const size_t begin = cells_.back().size();  // not 0 where there are more cells than are kept
  bytes_.skip(1);
  for (;;) {
    const std::string_view chunk = bytes_.chunk();
    if (chunk.empty()) {
      refuse(opened, "found a quote that is not closed (\" inside a quoted cell is written twice)");
    }
    const size_t quote = std::min(chunk.find('"'), chunk.size());
    keep(chunk.substr(0, quote));
    if (bytes_.peek() != '"') continue;
    bytes_.skip(1);
    if (bytes_.peek() != '"') break;
    keep("\"");
  }
  refuse_swallowed_rows(std::string_view(cells_.back()).substr(begin), opened);
}

void CsvReader::read_plain() {
  const char ends[] = {separator_, '\n', '\r'};
  for (;;) {
    const std::string_view chunk = bytes_.chunk();
    const size_t end = chunk.find_first_of({ends, sizeof(ends)});
    keep(chunk.substr(0, end));
    if (chunk.empty() || end != std::string_view::npos) return;
  }
}

void CsvReader::take_line_break(int c) {
  bytes_.skip(1);
  if (c == '\r' && bytes_.peek() == '\n') bytes_.skip(1);
  ++line_;
}

// Whether another cell of the record follows.
bool CsvReader::end_cell() {
  const int c = bytes_.peek();
  if (c == separator_) {
    bytes_.skip(1);
    return true;
  }
  if (c == '\n' || c == '\r') {
    take_line_break(c);
  } else if (c != kEndOfFile) {
    refuse(line_, str("found text after a closing quote, expected ", separators(separator_),
                      " or the end of the line (\" inside a quoted cell is written twice)"));
  }
  return false;
}

// False at the end of the file.
bool CsvReader::read_record() {
  for (int c = bytes_.peek(); c == '\n' || c == '\r'; c = bytes_.peek()) take_line_break(c);
  number_ = line_;
  cells_.clear();
  size_ = 0;
  too_long_ = false;
  if (bytes_.peek() == kEndOfFile) return false;
  do {
    if (cells_.size() < kMostCells) {
      cells_.emplace_back();
    } else {
      too_long_ = true;
    }
    bytes_.peek() == '"' ? read_quoted() : read_plain();
  } while (end_cell());
  return true;
}

void CsvReader::read_header() {
  if (!read_record()) return;
  if (too_long_) refuse(number_, str("found a header of more than ", max_bytes_, " bytes"));
  std::set<std::string> seen;
  for (size_t i = 0; i < cells_.size(); ++i) {
    if (cells_[i].empty()) {
      refuse(number_, str("found no name for column ", i + 1, " (columns: ", listed(cells_),
                          "), expected a header that names every column; pandas writes such a "
                          "column without index=False"));
    }
    if (!seen.insert(cells_[i]).second) {
      refuse(number_, str("found the column ", json_string(cells_[i]),
                          " twice, expected a header with different names"));
    }
  }
  const std::string_view others = separator_ == '\t' ? ",;" : ";\t|";
  if (cells_.size() == 1 && cells_[0].find_first_of(others) != std::string::npos) {
    refuse(number_, str("found one column, ", json_string(cells_[0]), ", expected names between ",
                        separators(separator_),
                        separator_ == '\t' ? "; name the file .csv if it has commas"
                                           : "; name the file .tsv if it has tabs, and write it "
                                             "with commas if it has others"));
  }
  for (const std::string& name : cells_) names_.push_back(json_string(name));
}

std::optional<RawRow> CsvReader::next() {
  if (!begun_) read_header();
  begun_ = true;
  if (!read_record()) return std::nullopt;
  RawRow row{.number = number_, .too_long = too_long_};
  if (too_long_) {
    row.text.resize(max_bytes_, ' ');  // parse_raw_row says how long it is
    return row;
  }
  if (cells_.size() != names_.size()) {
    row.problem = str("found ", count_text(std::ssize(cells_), "cell"), ", expected ",
                      names_.size(), " as the header has (a cell with ", separators(separator_),
                      " or line breaks in it stands in quotes)");
    return row;
  }
  for (size_t i = 0; i < cells_.size(); ++i) {
    row.text += i == 0 ? "{" : ",";
    row.text += names_[i];
    row.text += ":";
    row.text += cells_[i].empty() ? "null" : json_string(cells_[i]);
  }
  row.text += "}";
  return row;
}

}  // namespace laurel
