// Renders once more without each of the fields: what a template makes of them, only it can say.
#include "text/unread_fields.h"

#include <algorithm>
#include <array>
#include <span>

#include "core/error.h"
#include "core/unicode.h"
#include "text/render.h"

namespace laurel {

namespace {

constexpr std::array kToolCalls{"tool_calls"};
constexpr std::array kThoughtFields{"reasoning_content", "reasoning", "thinking"};

// The dialogue without something that it has.
struct Shorter {
  Dialogue dialogue;
  LostMessage without;
};

bool has_any(const Message& message, std::span<const char* const> fields) {
  return std::ranges::any_of(fields, [&](const char* field) {
    const auto found = message.extra.find(field);
    if (found == message.extra.end()) return false;
    const auto* const text = found->get_ptr<const std::string*>();
    return text ? !strip_white_space(*text).empty() : !found->empty();  // null is empty
  });
}

// Without the fields of these messages: null leaves one out.
std::optional<Shorter> without_fields(const Dialogue& dialogue, size_t first_message,
                                      std::span<const char* const> fields) {
  const auto has_some = [&](const Message& message) { return has_any(message, fields); };
  const auto begin = dialogue.messages.begin() + static_cast<std::ptrdiff_t>(first_message);
  const auto first = std::find_if(begin, dialogue.messages.end(), has_some);
  if (first == dialogue.messages.end()) return std::nullopt;
  Shorter shorter{dialogue, {.role = first->role, .field = fields.front()}};
  for (size_t i = first_message; i < dialogue.messages.size(); ++i) {
    for (const char* field : fields) {
      const auto found = shorter.dialogue.messages[i].extra.find(field);
      if (found != shorter.dialogue.messages[i].extra.end()) *found = nullptr;
    }
  }
  return shorter;
}

std::vector<Shorter> shorter_ones(const Dialogue& dialogue) {
  std::vector<Shorter> all;
  for (const char* name : {"tools", "documents"}) {
    if (!dialogue.variables.contains(name) || dialogue.variables[name].empty()) continue;
    all.push_back({dialogue, {.role = "", .field = name}});
    all.back().dialogue.variables.erase(name);
  }
  if (auto shorter = without_fields(dialogue, 0, kToolCalls)) all.push_back(std::move(*shorter));
  const size_t last = dialogue.messages.empty() ? 0 : dialogue.messages.size() - 1;
  if (auto shorter = without_fields(dialogue, last, kThoughtFields)) {
    all.push_back(std::move(*shorter));
  }
  return all;
}

}  // namespace

std::vector<LostMessage> unread_fields(const TextProcessor& processor, SpecialText special_text,
                                       const Dialogue& dialogue) {
  std::vector<LostMessage> unread;
  if (dialogue.rule != TextRule::chat) return unread;
  const std::vector<Shorter> all = shorter_ones(dialogue);
  if (all.empty()) return unread;
  const std::string whole = render_dialogue(processor, special_text, dialogue).text;
  for (const Shorter& shorter : all) {
    try {
      const bool same = render_dialogue(processor, special_text, shorter.dialogue).text == whole;
      if (same) unread.push_back(shorter.without);
    } catch (const Error&) {  // a template that asks for it
    }
  }
  return unread;
}

}  // namespace laurel
