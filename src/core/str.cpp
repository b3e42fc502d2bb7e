// String helpers: join, text safe for a terminal, nearest name by edit distance.
#include "core/str.h"

#include <algorithm>
#include <cctype>
#include <cstdio>

namespace laurel {

std::string count_text(int64_t n, std::string_view word) {
  return str(n, " ", word, n == 1 ? "" : "s");
}

std::string significant(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.*g", digits, value);
  return text;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += separator;
    out += parts[i];
  }
  return out;
}

// Bytes of the control character at the front that turns the direction of text (U+061C, U+200E,
// U+200F, U+202A to U+202E, U+2066 to U+2069), and its name; else 0.
static size_t direction_control(std::string_view text, std::string& name) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  uint32_t point = 0;
  if (text.size() >= 2 && byte(0) == 0xD8) point = (byte(0) & 0x1Fu) << 6 | (byte(1) & 0x3Fu);
  if (text.size() >= 3 && byte(0) == 0xE2) {
    point = (byte(0) & 0x0Fu) << 12 | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu);
  }
  const bool turns = point == 0x061C || point == 0x200E || point == 0x200F ||
                     (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
  if (!turns) return 0;
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  name = "\\u";
  for (const int shift : {12, 8, 4, 0}) name += kDigits[point >> shift & 0xF];
  return point == 0x061C ? 2 : 3;
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
    } else if (std::string name;
               const size_t bytes = direction_control(message.substr(i, end - i), name)) {
      out += name;
      i += bytes - 1;
    } else {
      out += message[i];
    }
  }
  if (end < message.size()) out += str(" ... and ", message.size() - end, " bytes more");
  return out;
}

static constexpr size_t kLongestCompared = 100;  // the time of a comparison grows with the length

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

std::vector<std::string> nearest_names(std::string_view word, std::vector<std::string> candidates,
                                       size_t most) {
  word = word.substr(0, kLongestCompared);
  const auto common = [&](std::string_view candidate) {
    size_t front = 0, back = 0;
    const size_t least = std::min(word.size(), candidate.size());
    while (front < least && word[front] == candidate[front]) ++front;
    while (back < least && word[word.size() - 1 - back] == candidate[candidate.size() - 1 - back]) {
      ++back;
    }
    return std::max(front, back);
  };
  const auto rank = [&](const std::string& candidate) {
    return static_cast<std::ptrdiff_t>(edit_distance(word, candidate)) -
           2 * static_cast<std::ptrdiff_t>(common(candidate));
  };
  std::ranges::stable_sort(candidates, {}, rank);
  candidates.resize(std::min(most, candidates.size()));
  return candidates;
}

std::string nearest_name(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.size() > kLongestCompared) return "";
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

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string near = nearest_name(word, candidates);
  return near.empty() ? "" : str(" (did you mean \"", near, "\"?)");
}

std::string shell_word(const std::string& text) {
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("_-./=,:+@%").find(static_cast<char>(c)) != std::string_view::npos ||
           c >= 0x80;
  };
  if (!text.empty() && std::ranges::all_of(text, plain)) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace laurel
