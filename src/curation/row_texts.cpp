// Texts of an example.
#include "curation/row_texts.h"

#include <algorithm>
#include <span>

#include "core/str.h"
#include "core/unicode.h"
#include "data/sources/response_stats.h"

namespace laurel {

namespace {

void append_line(std::string& text, const std::string& line) {
  if (!text.empty()) text += '\n';
  text += line;
}

// Contents, and the JSON of members such as tool calls, whose words tell one answer from another.
std::string text_of(std::span<const Message> messages) {
  std::string text;
  for (const Message& message : messages) {
    append_line(text, message.content);
    if (!message.extra.empty()) append_line(text, message.extra.dump());
  }
  return text;
}

// Fields are parted by control characters, which texts do not hold.
std::string key_of(std::span<const Message> messages) {
  std::string key;
  for (const Message& message : messages) {
    key += str(message.role, '\x1f', strip_white_space(message.content), '\x1f',
               message.extra.empty() ? "" : message.extra.dump(), '\x1e');
  }
  return key;
}

// A string is a message of this role.
std::string key_of(const std::string& text, const char* role) {
  const Message message{.role = role, .content = text};
  return key_of(std::span(&message, 1));
}

// User and system text before the first answer.
void set_first_turn(std::span<const Message> messages, RowTexts& texts) {
  for (const Message& message : messages) {
    if (message.role == "assistant") break;
    append_line(texts.first_prompt, message.content);
    if (message.role == "user") texts.questions.push_back(message.content);
  }
}

// Adds what is behind the shared beginning of a response.
void add_answer(const Text& response, size_t shared_messages, size_t shared_bytes,
                RowTexts& texts) {
  if (const auto* messages = std::get_if<Conversation>(&response)) {
    const auto answer = std::span(*messages).subspan(std::min(shared_messages, messages->size()));
    texts.responses.push_back(text_of(answer));
    texts.response_keys.push_back(key_of(answer));
    return;
  }
  texts.responses.push_back(std::get<std::string>(response).substr(shared_bytes));
  texts.response_keys.push_back(key_of(texts.responses.back(), "assistant"));
}

void set_prompt(std::span<const Message> messages, RowTexts& texts) {
  texts.prompt = text_of(messages);
  set_first_turn(messages, texts);
}

void set_prompt(const std::string& text, RowTexts& texts) {
  texts.prompt = texts.first_prompt = text;
}

}  // namespace

RowTexts texts_of(const Example& example) {
  RowTexts texts;
  size_t shared_messages = 0, shared_bytes = 0;
  if (has_prompt(example)) {
    std::visit([&](const auto& prompt) { set_prompt(prompt, texts); }, *example.prompt);
  } else if (!example.responses.empty()) {
    const Conversation messages = common_leading_messages(example.responses);
    shared_messages = messages.size();
    if (messages.empty()) {
      set_prompt(shared_start(example), texts);
      shared_bytes = texts.prompt.size();
    } else {
      set_prompt(messages, texts);
    }
  }
  texts.prompt_key = std::to_string(prompt_hash(example));
  for (const Text& response : example.responses) {
    add_answer(response, shared_messages, shared_bytes, texts);
  }
  const bool unknown = texts.first_prompt.empty() && !texts.responses.empty();
  if (unknown) texts.first_prompt = texts.responses.front();
  return texts;
}

}  // namespace laurel
