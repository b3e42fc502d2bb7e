// String helpers: join, text safe for a terminal, nearest name by edit distance.
#include "core/str.h"

#include <algorithm>

namespace laurel {

std::string count_text(int64_t n, std::string_view word) {
  return str(n, " ", word, n == 1 ? "" : "s");
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += separator;
    out += parts[i];
  }
  return out;
}

std::string printable(std::string_view message) {
  constexpr size_t kMost = size_t{16} << 10;
  constexpr std::string_view kReplacement = "\uFFFD";
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(message[i]); };
  size_t end = std::min(message.size(), kMost);
  while (end > 0 && end < message.size() && (byte(end) & 0xC0) == 0x80) --end;
  std::string out;
  for (size_t i = 0; i < end; ++i) {
    const unsigned char c = byte(i);
    const bool second = c == 0xC2 && i + 1 < end && byte(i + 1) >= 0x80 && byte(i + 1) < 0xA0;
    if (second || (c < 0x20 && c != '\n' && c != '\t') || c == 0x7F) {
      out += kReplacement;
      i += second;
    } else {
      out += message[i];
    }
  }
  if (end < message.size()) out += str(" ... and ", message.size() - end, " bytes more");
  return out;
}

// Levenshtein distance, one row of the table at a time.
static size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string nearest_name(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr size_t kLongest = 100;  // of a name; the time grows with the length
  if (word.size() > kLongest) return "";
  std::string best;
  size_t best_distance = std::max<size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace laurel
