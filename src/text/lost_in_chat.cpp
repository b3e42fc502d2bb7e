// Renders once more without each of the fields: what a template makes of them, only it can say.
#include "text/lost_in_chat.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "core/error.h"
#include "text/render.h"

namespace laurel {

namespace {

constexpr std::array kThoughtFields{"reasoning_content", "reasoning", "thinking"};

// Makes the field null, which leaves it out. False: the message has none.
bool leave_out(Message& message, const char* field) {
  const auto found = message.extra.find(field);
  if (found == message.extra.end() || found->is_null() || found->empty()) return false;
  *found = nullptr;
  return true;
}

class Unread {
 public:
  Unread(const TextProcessor& processor, SpecialText special_text, const std::string& rendered)
      : processor_(processor), special_text_(special_text), rendered_(rendered) {}

  bool is_unread(const Dialogue& without) const {
    try {
      return render_dialogue(processor_, special_text_, without).text == rendered_;
    } catch (const Error&) {  // a template that asks for it
      return false;
    }
  }

 private:
  const TextProcessor& processor_;
  SpecialText special_text_;
  const std::string& rendered_;
};

std::vector<LostMessage> unread_fields(const TextProcessor& processor, SpecialText special_text,
                                       const Dialogue& dialogue, const std::string& rendered) {
  std::vector<LostMessage> unread;
  const Unread rule(processor, special_text, rendered);
  for (const char* name : {"tools", "documents"}) {
    if (!dialogue.variables.contains(name) || dialogue.variables[name].empty()) continue;
    Dialogue without = dialogue;
    without.variables.erase(name);
    if (rule.is_unread(without)) unread.push_back({.role = "", .field = name});
  }
  for (size_t i = 0; i < dialogue.messages.size(); ++i) {
    if (dialogue.messages[i].extra.empty()) continue;
    Dialogue without = dialogue;
    Message& message = without.messages[i];
    if (leave_out(message, "tool_calls") && rule.is_unread(without)) {
      unread.push_back({.role = message.role, .field = "tool_calls"});
    }
  }
  if (dialogue.messages.empty() || dialogue.messages.back().extra.empty()) return unread;
  Dialogue without = dialogue;
  bool thinks = false;
  for (const char* name : kThoughtFields) thinks |= leave_out(without.messages.back(), name);
  if (thinks && rule.is_unread(without)) {
    unread.push_back({.role = without.messages.back().role, .field = kThoughtFields.front()});
  }
  return unread;
}

}  // namespace

std::vector<LostMessage> lost_in_chat(const TextProcessor& processor, SpecialText special_text,
                                      const Dialogue& dialogue, const std::string& rendered) {
  if (dialogue.rule != TextRule::chat) return {};
  std::vector<LostMessage> lost = lost_messages(dialogue.messages, rendered);
  std::ranges::move(unread_fields(processor, special_text, dialogue, rendered),
                    std::back_inserter(lost));
  return lost;
}

}  // namespace laurel
