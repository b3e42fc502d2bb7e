// Builds dialogues from prompts and responses, and truncates them on code-point boundaries.
#include "text/dialogue.h"

#include <algorithm>
#include <string_view>

#include "core/option_types.h"
#include "core/str.h"
#include "core/unicode.h"

namespace laurel {

namespace {

void require_utf8(std::string_view text) {
  if (!is_utf8(text)) throw Error{ErrorKind::data, "found bytes that are not UTF-8"};
}

bool is_string(const Text& text) { return std::holds_alternative<std::string>(text); }

Conversation prompt_messages(const std::optional<Text>& prompt, const Text& response) {
  if (!prompt) return {};
  if (!is_string(*prompt)) return std::get<Conversation>(*prompt);
  if (!is_string(response)) {
    throw Error{ErrorKind::data,
                "found a string as prompt and a list of messages as response; expected strings for "
                "both, a list of messages as prompt, or whole dialogues whose first user message "
                "is the prompt"};
  }
  return {Message{.role = "user", .content = std::get<std::string>(*prompt)}};
}

// The prompt's messages and those of the response.
Dialogue to_messages(TextRule rule, const std::optional<Text>& prompt, const Text& response) {
  Dialogue dialogue{.rule = rule, .messages = prompt_messages(prompt, response)};
  dialogue.prompt_messages = dialogue.messages.size();
  if (const auto* text = std::get_if<std::string>(&response)) {
    dialogue.messages.push_back({.role = "assistant", .content = *text});
  } else {
    const auto& messages = std::get<Conversation>(response);
    if (messages.empty())
      throw Error{ErrorKind::data, "found an empty list as response, expected messages"};
    dialogue.messages.insert(dialogue.messages.end(), messages.begin(), messages.end());
  }
  for (const Message& message : dialogue.messages) {
    require_utf8(message.role);
    require_utf8(message.content);
  }
  return dialogue;
}

Dialogue to_chat_dialogue(const TextProcessor& processor, const std::optional<Text>& prompt,
                          const Text& response) {
  if (!prompt && is_string(response)) {
    throw Error{
        ErrorKind::data,
        "found a string without a prompt, which the chat template cannot place; give a prompt "
        "or lists of messages, or set \"text\": \"plain\""};
  }
  if (!processor.chat_template) {
    throw Error{ErrorKind::data, str("the text rule is chat, but ", kNoChatTemplate)};
  }
  return to_messages(TextRule::chat, prompt, response);
}

Dialogue to_joined_dialogue(TextRule rule, const std::optional<Text>& prompt,
                            const Text& response) {
  if (!is_string(response) || (prompt && !is_string(*prompt))) {
    throw Error{ErrorKind::data, str("found a list of messages where the text rule is ",
                                     enum_name(rule), "; give strings, or set \"text\": \"chat\"")};
  }
  Dialogue dialogue{.rule = rule, .response = std::get<std::string>(response)};
  if (prompt) dialogue.prompt = std::get<std::string>(*prompt);
  require_utf8(dialogue.prompt);
  require_utf8(dialogue.response);
  return dialogue;
}

bool is_truncatable(const Message& message) {
  return message.role != "system" && message.role != "developer";
}

}  // namespace

Dialogue to_dialogue(const TextProcessor& processor, TextRule rule,
                     const std::optional<Text>& prompt, const Text& response,
                     const Json& variables) {
  if (joins_strings(rule)) return to_joined_dialogue(rule, prompt, response);
  if (rule == TextRule::pair) return to_messages(rule, prompt, response);
  Dialogue dialogue = to_chat_dialogue(processor, prompt, response);
  dialogue.variables = variables;
  return dialogue;
}

const std::string& response_content(const Dialogue& dialogue) {
  return joins_strings(dialogue.rule) ? dialogue.response : dialogue.messages.back().content;
}

int64_t truncatable_prompt(const Dialogue& dialogue) {
  int64_t count = code_points(dialogue.prompt);
  for (size_t i = 0; i < dialogue.prompt_messages; ++i) {
    const Message& message = dialogue.messages[i];
    if (is_truncatable(message)) count += code_points(message.content);
  }
  return count;
}

int64_t truncatable_response(const Dialogue& dialogue) {
  const std::string_view content = response_content(dialogue);
  const std::string_view core = strip_white_space(content);
  if (core.empty()) return 0;
  return code_points(content.substr(static_cast<size_t>(core.data() - content.data()))) - 1;
}

Dialogue drop_prompt_start(Dialogue dialogue, int64_t count) {
  const auto shorten = [&count](std::string& text) {
    const int64_t gone = std::min(count, code_points(text));
    text.erase(0, code_point_offset(text, gone));
    count -= gone;
  };
  shorten(dialogue.prompt);
  for (size_t i = 0; i < dialogue.prompt_messages; ++i) {
    Message& message = dialogue.messages[i];
    if (!is_truncatable(message) || message.content.empty()) continue;
    shorten(message.content);
    message.parts = nullptr;
  }
  return dialogue;
}

Dialogue drop_response_end(Dialogue dialogue, int64_t count) {
  std::string& content =
      joins_strings(dialogue.rule) ? dialogue.response : dialogue.messages.back().content;
  content.resize(code_point_offset(content, code_points(content) - count));
  if (!dialogue.messages.empty()) dialogue.messages.back().parts = nullptr;
  return dialogue;
}

}  // namespace laurel
