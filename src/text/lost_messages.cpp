// Looks for contents in the rendered text: from where the message before was found, then anywhere.
#include "text/lost_messages.h"

#include <array>
#include <cctype>

#include "core/unicode.h"

namespace laurel {

namespace {

constexpr size_t kLineThatTells = 8;  // bytes: a shorter line may stand there by chance

// Where thoughts begin and end, in templates and in contents.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kThoughts{
    {{"<think>", "</think>"},
     {"<thinking>", "</thinking>"},
     {"<thought>", "</thought>"},
     {"<reasoning>", "</reasoning>"},
     {"[THINK]", "[/THINK]"}}};

class Rendered {
 public:
  explicit Rendered(std::string_view text) : text_(text) {}

  bool holds(std::string_view part) {
    part = strip_white_space(part);
    if (part.empty()) return true;
    size_t found = text_.find(part, at_);
    if (found == text_.npos) found = text_.find(part);
    if (found == text_.npos) return holds_as_json(part);
    at_ = found;
    return true;
  }

  bool holds_some_line(std::string_view part) const {
    while (!part.empty()) {
      const size_t end = std::min(part.find('\n'), part.size());
      const std::string_view line = strip_white_space(part.substr(0, end));
      if (line.size() >= kLineThatTells && text_.find(line) != text_.npos) return true;
      part.remove_prefix(std::min(end + 1, part.size()));
    }
    return false;
  }

 private:
  // As `tojson` and others write a string, in ASCII or not.
  bool holds_as_json(std::string_view part) const {
    for (const bool ascii : {false, true}) {
      std::string json = Json(part).dump(-1, ' ', ascii, Json::error_handler_t::replace);
      if (text_.find(std::string_view(json).substr(1, json.size() - 2)) != text_.npos) return true;
    }
    return without_white_space(text_).find(without_white_space(part)) != std::string::npos;
  }

  static std::string without_white_space(std::string_view text) {
    std::string out;
    for (const char c : text) {
      if (std::isspace(static_cast<unsigned char>(c)) == 0) out += c;
    }
    return out;
  }

  std::string_view text_;
  size_t at_ = 0;
};

// Thoughts, and what follows them. Without a mark all is the answer.
struct Parts {
  std::string_view thoughts, answer;
};

Parts parts_of(std::string_view content) {
  for (const auto& [begin, end] : kThoughts) {
    const size_t at = content.rfind(end);
    if (at == content.npos) continue;
    std::string_view thoughts = strip_white_space(content.substr(0, at));
    if (thoughts.starts_with(begin)) thoughts.remove_prefix(begin.size());
    return {thoughts, content.substr(at + end.size())};
  }
  return {{}, content};
}

}  // namespace

std::vector<LostMessage> lost_messages(const Conversation& messages, std::string_view rendered) {
  size_t last_user = messages.size();
  for (size_t i = 0; i < messages.size(); ++i) {
    if (messages[i].role == "user") last_user = i;
  }
  std::vector<LostMessage> lost;
  Rendered text(rendered);
  for (size_t i = 0; i < messages.size(); ++i) {
    const std::string_view content = messages[i].content;
    if (text.holds(content)) continue;
    const Parts parts = parts_of(content);
    const bool last = i + 1 == messages.size();
    if (text.holds(parts.answer) && (!last || text.holds(parts.thoughts))) continue;
    lost.push_back({.role = messages[i].role,
                    .field = "",
                    .last_question = i == last_user,
                    .in_part = text.holds_some_line(content)});
  }
  return lost;
}

}  // namespace laurel
