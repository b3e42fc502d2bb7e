// UTF-8 validation by table 3-7 of the Unicode standard; white space as Python's str.isspace().
#include "core/unicode.h"

namespace laurel {

// Length of the well-formed sequence at the front of `text`, 0 if there is none.
static size_t sequence_length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  size_t length = 0;
  unsigned char low = 0x80, high = 0xBF;  // bounds of the second byte
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  }
  if (length == 0 || text.size() < length || byte(1) < low || byte(1) > high) return 0;
  for (size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  return length;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

int64_t code_points(std::string_view text) {
  int64_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

static bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

size_t code_point_offset(std::string_view text, int64_t count) {
  size_t at = 0;
  for (; count > 0 && at < text.size(); --count) {
    for (++at; at < text.size() && is_continuation(text[at]);) ++at;
  }
  return at;
}

// `character` is one code point; no white space has more than three bytes.
static bool is_white_space(std::string_view character) {
  uint32_t point = 0;
  if (character.size() == 1) {
    point = static_cast<unsigned char>(character[0]);
  } else if (character.size() == 2) {
    point = (character[0] & 0x1Fu) << 6 | (character[1] & 0x3Fu);
  } else if (character.size() == 3) {
    point = (character[0] & 0x0Fu) << 12 | (character[1] & 0x3Fu) << 6 | (character[2] & 0x3Fu);
  }
  return (point >= 0x09 && point <= 0x0D) || (point >= 0x1C && point <= 0x20) || point == 0x85 ||
         point == 0xA0 || point == 0x1680 || (point >= 0x2000 && point <= 0x200A) ||
         point == 0x2028 || point == 0x2029 || point == 0x202F || point == 0x205F ||
         point == 0x3000;
}

std::string_view strip_white_space(std::string_view text) {
  while (!text.empty()) {
    const size_t length = code_point_offset(text, 1);
    if (!is_white_space(text.substr(0, length))) break;
    text.remove_prefix(length);
  }
  while (!text.empty()) {
    size_t last = text.size() - 1;
    while (last > 0 && is_continuation(text[last])) --last;
    if (!is_white_space(text.substr(last))) break;
    text = text.substr(0, last);
  }
  return text;
}

}  // namespace laurel
