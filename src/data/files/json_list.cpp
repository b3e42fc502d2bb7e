// JSON list reader: only the row that is being read is in memory.
#include "data/files/json_list.h"

#include "core/str.h"

namespace laurel {

static bool is_space(int c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

int JsonListReader::take() {
  const int c = bytes_.peek();
  if (c < 0) return c;
  bytes_.skip(1);
  line_ += c == '\n';
  return c;
}

// Returns the byte behind the white space, which is not taken.
int JsonListReader::skip_space() {
  while (is_space(bytes_.peek())) take();
  return bytes_.peek();
}

void JsonListReader::refuse(int found, const char* expected) const {
  if (found < 0) {
    throw StreamError{str("the file ends inside its list (line ", line_, "); is it cut off?")};
  }
  const bool shown = found > ' ' && found < 0x7F;
  const std::string text = shown ? str("'", static_cast<char>(found), "'") : str("byte ", found);
  throw StreamError{str("found ", text, " in line ", line_, ", expected ", expected)};
}

void JsonListReader::expect_end() {
  ended_ = true;
  const int c = skip_space();
  if (c >= 0) refuse(c, "nothing after the list");
}

std::optional<RawRow> JsonListReader::next() {
  if (ended_) return std::nullopt;
  int c = skip_space();
  const bool first = !begun_;
  if (first) {
    if (take() != '[') refuse(c, "'['");
    begun_ = true;
    c = skip_space();
  }
  if (c == ']') {
    take();
    expect_end();
    return std::nullopt;
  }
  if (!first) {
    if (c != ',') refuse(c, "',' or ']' after a row");
    take();
    c = skip_space();
  }
  ++number_;
  if (c < 0 || c == ',' || c == ']') refuse(c, "a row");
  return read_row();
}

RawRow JsonListReader::read_row() {
  RawRow row{.number = number_, .is_line = false, .line = line_};
  int64_t depth = 0;
  bool in_string = false, escaped = false;
  for (;;) {
    const int c = bytes_.peek();
    if (c < 0) refuse(c, "the end of a row");
    const bool between = !in_string && depth == 0;
    if (between && (c == ',' || c == ']' || is_space(c))) return row;
    take();
    if (row.text.size() < max_bytes_) {
      row.text += static_cast<char>(c);
    } else {
      row.too_long = true;
    }
    if (in_string) {
      in_string = c != '"' || escaped;
      escaped = c == '\\' && !escaped;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
}

}  // namespace laurel
