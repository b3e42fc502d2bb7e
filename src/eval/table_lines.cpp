// Pads names and numbers to columns.
#include "eval/table_lines.h"

#include <algorithm>

#include "core/str.h"

namespace laurel {

constexpr size_t kName = 30, kNumber = 12;

static std::string left(const std::string& text, size_t width) {
  return text + std::string(width - std::min(width, text.size()), ' ');
}

static std::string right(const std::string& text, size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

std::string table_line(const std::string& name, const std::vector<std::string>& numbers) {
  std::string text = str("  ", left(name, kName));
  for (const std::string& number : numbers) text += right(number, kNumber);
  return text + "\n";
}

std::string shortened_name(const std::string& name) {
  std::string text = printable(name);
  for (char& c : text) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  size_t points = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((text[i] & 0xC0) == 0x80) continue;
    if (++points > kName - 5) return text.substr(0, i) + "...";
  }
  return text;
}

std::string more_values(int64_t values) {
  if (values == 0) return "";
  return str("  and ", count_text(values, "more value"), " with fewer rows each\n");
}

std::string reasons_text(const std::map<std::string, int64_t>& reasons) {
  std::vector<std::string> texts;
  for (const auto& [reason, count] : reasons) texts.push_back(str(count, " ", reason));
  return join(texts, ", ");
}

}  // namespace laurel
