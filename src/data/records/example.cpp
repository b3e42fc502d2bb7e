// What an example holds.
#include "data/records/example.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace laurel {

bool Example::is_chat() const {
  const auto is_list = [](const Text& text) { return std::holds_alternative<Conversation>(text); };
  return (prompt && is_list(*prompt)) || std::any_of(responses.begin(), responses.end(), is_list);
}

bool has_prompt(const Example& example) {
  if (!example.prompt) return false;
  return std::visit([](const auto& prompt) { return !prompt.empty(); }, *example.prompt);
}

Conversation shared_messages(const Example& example) {
  return has_prompt(example) ? Conversation{} : common_leading_messages(example.responses);
}

// Behind the last mark of an answer; 0: there is none.
static size_t end_of_marks(std::string_view text) {
  constexpr std::array<std::string_view, 6> kMarks{
      "[/INST]", "ASSISTANT:", "Assistant:", "Response:", "Answer:", "\nA:"};
  size_t last = 0;
  for (const std::string_view mark : kMarks) {
    const size_t at = text.rfind(mark);
    if (at != std::string_view::npos) last = std::max(last, at + mark.size());
  }
  return last;
}

// Behind the last line end that all have. Where many words follow it, a question may be among them:
// its answer then stands on the same line, and nothing says where it begins.
static size_t end_of_lines(std::string_view common) {
  constexpr int64_t kWordsOfAnswers = 4;
  const size_t begin = common.rfind('\n') + 1;  // 0 where there is none
  return std::ranges::count(common.substr(begin), ' ') < kWordsOfAnswers ? begin : 0;
}

std::string shared_start(const Example& example) {
  if (has_prompt(example) || example.responses.empty()) return "";
  const auto* first = std::get_if<std::string>(&example.responses.front());
  if (!first) return "";
  std::string_view common = *first;
  for (const Text& response : example.responses) {
    const auto* other = std::get_if<std::string>(&response);
    if (!other) return "";
    const auto difference =
        std::mismatch(common.begin(), common.end(), other->begin(), other->end());
    common = common.substr(0, static_cast<size_t>(difference.first - common.begin()));
  }
  const size_t marked = end_of_marks(common);
  if (marked > 0) return first->substr(0, marked);
  return example.responses.size() > 1 ? first->substr(0, end_of_lines(common)) : "";
}

bool tells_prompt(const Example& example) {
  return example.responses.size() < 2 || has_prompt(example) || !shared_messages(example).empty() ||
         !shared_start(example).empty();
}

bool ends_in_other_role(const Example& example) {
  return std::ranges::any_of(example.responses, [](const Text& response) {
    const auto* messages = std::get_if<Conversation>(&response);
    return messages && !messages->empty() && messages->back().role != "assistant";
  });
}

bool begins_with_prompt(const Example& example) {
  const auto* prompt = example.prompt ? std::get_if<std::string>(&*example.prompt) : nullptr;
  if (!prompt || prompt->empty()) return false;
  return std::ranges::all_of(example.responses, [&](const Text& response) {
    const auto* string = std::get_if<std::string>(&response);
    return string && string->starts_with(*prompt);
  });
}

bool has_several_turns(const Example& example) {
  const auto messages_of = [](const Text& text) -> size_t {
    const auto* messages = std::get_if<Conversation>(&text);
    return messages ? messages->size() : 1;
  };
  const size_t before = example.prompt ? messages_of(*example.prompt) : 0;
  return std::ranges::any_of(
      example.responses, [&](const Text& response) { return before + messages_of(response) > 2; });
}

bool has_presented_order(const Example& example) {
  return example.names.size() == 2 && example.names[0] == "response_a";
}

bool has_other_fields(const Example& example) {
  const auto has_some = [](const Text& text) {
    const auto* messages = std::get_if<Conversation>(&text);
    return messages && std::ranges::any_of(*messages, [](const Message& message) {
             return !message.extra.empty();
           });
  };
  return (example.prompt && has_some(*example.prompt)) ||
         std::ranges::any_of(example.responses, has_some);
}

void record_first_occurrences(const Example& example, const std::string& where,
                              FirstOccurrences& first) {
  const auto note = [&](bool seen, std::optional<std::string>& noted) {
    if (seen && !noted) noted = where;
  };
  for (const std::string& field : example.given) first.given.try_emplace(field, where);
  const auto* pairs = example.label ? std::get_if<Preferences>(&*example.label) : nullptr;
  if (!pairs) return;
  note(std::ranges::find(example.given, "margin") == example.given.end(), first.no_margin);
  for (const Preference& pair : *pairs) {
    note(pair.tie > 0, first.tie);
    note(pair.target < 1 && pair.tie < 1, first.soft);
  }
}

}  // namespace laurel
