// Texts of an example.
#include "curation/row_texts.h"

#include <algorithm>
#include <string_view>

#include "core/str.h"

namespace laurel {

namespace {

void append_line(std::string& text, const std::string& line) {
  if (!text.empty()) text += '\n';
  text += line;
}

// What tells messages from others: contents, the role where it is not `usual`, and members such as tool
// calls, as JSON.
std::string text_of(std::span<const Message> messages, std::string_view usual) {
  std::string text;
  for (const Message& message : messages) {
    append_line(text,
                message.role == usual ? message.content : str(message.role, ": ", message.content));
    if (!message.extra.empty()) append_line(text, message.extra.dump());
  }
  return text;
}

// User and system text before the first answer.
std::string first_turn(std::span<const Message> messages) {
  std::string text;
  for (const Message& message : messages) {
    if (message.role == "assistant") break;
    append_line(text, message.content);
  }
  return text;
}

// What all strings begin with, up to the last blank line of it.
std::string common_start(const std::vector<Text>& responses) {
  const auto* first = std::get_if<std::string>(&responses.front());
  if (!first || responses.size() < 2) return "";
  size_t common = first->size();
  for (const Text& response : responses) {
    const auto* other = std::get_if<std::string>(&response);
    if (!other) return "";
    const auto difference =
        std::mismatch(first->begin(), first->begin() + static_cast<std::ptrdiff_t>(common),
                      other->begin(), other->end());
    common = static_cast<size_t>(difference.first - first->begin());
  }
  const size_t blank_line = first->substr(0, common).rfind("\n\n");
  return blank_line == std::string::npos ? "" : first->substr(0, blank_line + 2);
}

bool is_empty(const std::optional<Text>& prompt) {
  return !prompt || std::visit([](const auto& text) { return text.empty(); }, *prompt);
}

std::string answer_of(const Text& response, size_t shared_messages, size_t shared_bytes) {
  const auto* messages = std::get_if<Conversation>(&response);
  if (!messages) return std::get<std::string>(response).substr(shared_bytes);
  return text_of(std::span(*messages).subspan(std::min(shared_messages, messages->size())),
                 "assistant");
}

}  // namespace

RowTexts texts_of(const Example& example) {
  RowTexts texts;
  size_t shared_messages = 0, shared_bytes = 0;
  const bool no_prompt = is_empty(example.prompt);
  if (!no_prompt) {
    if (const auto* messages = std::get_if<Conversation>(&*example.prompt)) {
      texts.prompt = text_of(*messages, "user");
      texts.first_prompt = first_turn(*messages);
    } else {
      texts.prompt = texts.first_prompt = std::get<std::string>(*example.prompt);
    }
  } else if (!example.responses.empty()) {
    const Conversation messages = common_leading_messages(example.responses);
    shared_messages = messages.size();
    texts.prompt = text_of(messages, "user");
    texts.first_prompt = first_turn(messages);
    if (messages.empty()) texts.prompt = texts.first_prompt = common_start(example.responses);
    shared_bytes = messages.empty() ? texts.prompt.size() : 0;
  }
  if (!example.variables.empty()) append_line(texts.prompt, example.variables.dump());
  for (const Text& response : example.responses) {
    texts.responses.push_back(answer_of(response, shared_messages, shared_bytes));
  }
  const bool alone = texts.responses.size() == 1 && texts.first_prompt.empty();
  if (alone) texts.first_prompt = texts.responses.front();
  return texts;
}

}  // namespace laurel
