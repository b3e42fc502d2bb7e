// Edits by lines and by ASCII marks: bytes of other characters are never touched.
#include "text/edits.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace laurel {

namespace {

std::vector<std::string> lines_of_text(const std::string& text) {
  std::vector<std::string> lines;
  size_t begin = 0;
  for (size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  lines.push_back(text.substr(begin));
  return lines;
}

std::string joined_lines(const std::vector<std::string>& lines) {
  std::string text = lines.front();
  for (size_t i = 1; i < lines.size(); ++i) text += "\n" + lines[i];
  return text;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_fence(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  return line.starts_with("```") || line.starts_with("~~~");
}

std::string without_heading(const std::string& line) {
  const size_t marks = line.find_first_not_of('#');
  const bool heading = marks != std::string::npos && marks >= 1 && marks <= 6 && line[marks] == ' ';
  return heading ? line.substr(marks + 1) : line;
}

// Without the ** of **words**; between backquotes and where a space follows the first or comes before
// the second nothing is bold.
std::string without_bold(const std::string& line) {
  std::string out;
  for (size_t i = 0; i < line.size();) {
    if (line[i] == '`') {
      const size_t end = line.find('`', i + 1);
      const size_t length = end == std::string::npos ? std::string::npos : end + 1 - i;
      out += line.substr(i, length);
      if (length == std::string::npos) break;
      i = end + 1;
      continue;
    }
    const size_t end = line.compare(i, 2, "**") == 0 ? line.find("**", i + 2) : std::string::npos;
    const bool bold = end != std::string::npos && end > i + 2 && !is_space(line[i + 2]) &&
                      !is_space(line[end - 1]) && line.find('`', i) > end;
    if (bold) {
      out += line.substr(i + 2, end - i - 2);
      i = end + 2;
    } else {
      out += line[i++];
    }
  }
  return out;
}

std::string without_markdown(const std::string& text) {
  std::vector<std::string> lines = lines_of_text(text);
  bool code = false;
  for (std::string& line : lines) {
    if (is_fence(line)) code = !code;
    if (!code) line = without_bold(without_heading(line));
  }
  return joined_lines(lines);
}

// The indentation of a list item and its bullet; "" for another line.
std::string bullet_of(const std::string& line) {
  const size_t indent = std::min(line.find_first_not_of(' '), line.size());
  for (const char* bullet : {"- ", "* ", "+ "}) {
    if (line.compare(indent, 2, bullet) == 0) return line.substr(0, indent + 2);
  }
  return "";
}

// Of a list whose items are lines, with nothing but an empty line after it.
std::string with_list_reordered(const std::string& text) {
  std::vector<std::string> lines = lines_of_text(text);
  bool code = false;
  for (size_t begin = 0; begin < lines.size(); ++begin) {
    if (is_fence(lines[begin])) code = !code;
    const std::string bullet = code ? "" : bullet_of(lines[begin]);
    if (bullet.empty()) continue;
    size_t end = begin + 1;
    while (end < lines.size() && bullet_of(lines[end]) == bullet) ++end;
    const bool goes_on = end < lines.size() && !lines[end].empty();  // an item of several lines
    if (end - begin < 2 || goes_on) return text;
    std::reverse(lines.begin() + static_cast<std::ptrdiff_t>(begin),
                 lines.begin() + static_cast<std::ptrdiff_t>(end));
    return joined_lines(lines);
  }
  return text;
}

bool ends_sentence(char c) { return c == '.' || c == '!' || c == '?'; }

// The last sentence begins after the last mark that a space follows, or after the last line end.
std::string with_sentence_repeated(const std::string& text) {
  size_t end = text.size();
  while (end > 0 && is_space(text[end - 1])) --end;
  if (end == 0 || !ends_sentence(text[end - 1])) return text;
  size_t begin = end - 1;
  while (begin > 0 && ends_sentence(text[begin - 1])) --begin;  // "..." is one mark
  while (begin > 0) {
    const char before = text[begin - 1];
    if (before == '\n') break;
    if (is_space(before) && begin > 1 && ends_sentence(text[begin - 2])) break;
    --begin;
  }
  while (begin < end && is_space(text[begin])) ++begin;
  return text.substr(0, end) + " " + text.substr(begin, end - begin) + text.substr(end);
}

std::string result_of(const std::string& text, TextEdit edit) {
  switch (edit) {
    case TextEdit::trailing_spaces: return text + "  ";
    case TextEdit::no_markdown: return without_markdown(text);
    case TextEdit::reordered_list: return with_list_reordered(text);
    case TextEdit::repeated_sentence: break;
  }
  return with_sentence_repeated(text);
}

}  // namespace

std::optional<std::string> edited(const std::string& text, TextEdit edit) {
  std::string result = result_of(text, edit);
  if (text.empty() || result == text) return std::nullopt;
  return result;
}

}  // namespace laurel
