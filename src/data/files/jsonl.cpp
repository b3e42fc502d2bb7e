// JSONL reader: one line at a time, so that a huge file or a pipe needs no more memory than its
// longest line.
#include "data/files/jsonl.h"

namespace laurel {

bool LineReader::read_line(RawRow& row) {
  row = {.number = ++number_};
  std::string_view chunk = bytes_.chunk();
  if (chunk.empty()) return false;
  for (bool whole = false; !whole && !chunk.empty();) {
    const size_t end = chunk.find('\n');
    whole = end != std::string_view::npos;
    const std::string_view part = chunk.substr(0, end);
    const size_t room = max_bytes_ - row.text.size();
    row.text += part.substr(0, room);
    row.too_long |= part.size() > room;
    bytes_.skip(part.size() + (whole ? 1 : 0));
    if (!whole) chunk = bytes_.chunk();
  }
  if (row.text.ends_with('\r')) row.text.pop_back();
  return true;
}

std::optional<RawRow> LineReader::next() {
  for (RawRow row; read_line(row);) {
    if (row.text.find_first_not_of(" \t\r") != std::string::npos) return row;
  }
  return std::nullopt;
}

}  // namespace laurel
