// From rows to what is written, and cutting it on code-point borders.
#include "text/written.h"

#include <algorithm>
#include <string_view>

#include "core/unicode.h"

namespace laurel {

namespace {

[[noreturn]] void refuse(const std::string& message) { throw Error{ErrorKind::data, message}; }

void require_utf8(std::string_view text) {
  if (!is_utf8(text)) refuse("found bytes that are not UTF-8");
}

bool is_string(const Text& text) { return std::holds_alternative<std::string>(text); }

Conversation prompt_messages(const std::optional<Text>& prompt, const Text& response) {
  if (!prompt) {
    if (!is_string(response)) return {};
    refuse(
        "found a string without a prompt, which the chat template cannot place; give a prompt "
        "or lists of messages, or set \"text\": \"plain\"");
  }
  if (!is_string(*prompt)) return std::get<Conversation>(*prompt);
  if (!is_string(response)) {
    refuse(
        "found a string as prompt and a list of messages as response; expected strings for "
        "both, or a list of messages as prompt");
  }
  return {Message{.role = "user", .content = std::get<std::string>(*prompt)}};
}

Written write_chat(const TextFolder& folder, const std::optional<Text>& prompt,
                   const Text& response) {
  Written written{.rule = TextRule::chat, .messages = prompt_messages(prompt, response)};
  if (!folder.chat_template) {
    refuse("the model's folder has no chat template; set \"text\": \"plain\" and give strings");
  }
  written.prompt_messages = written.messages.size();
  if (const auto* text = std::get_if<std::string>(&response)) {
    written.messages.push_back({.role = "assistant", .content = *text});
  } else {
    const auto& messages = std::get<Conversation>(response);
    if (messages.empty()) refuse("found an empty list as response, expected messages");
    written.messages.insert(written.messages.end(), messages.begin(), messages.end());
  }
  for (const Message& message : written.messages) {
    require_utf8(message.role);
    require_utf8(message.content);
  }
  return written;
}

Written write_plain(const std::optional<Text>& prompt, const Text& response) {
  if (!is_string(response) || (prompt && !is_string(*prompt))) {
    refuse(
        "found a list of messages where the text rule is plain; give strings, or set "
        "\"text\": \"chat\"");
  }
  Written written{.rule = TextRule::plain, .response = std::get<std::string>(response)};
  if (prompt) written.prompt = std::get<std::string>(*prompt);
  require_utf8(written.prompt);
  require_utf8(written.response);
  return written;
}

bool is_cuttable(const Message& message) {
  return message.role != "system" && message.role != "developer";
}

}  // namespace

Written write_text(const TextFolder& folder, TextRule rule, const std::optional<Text>& prompt,
                   const Text& response) {
  return rule == TextRule::plain ? write_plain(prompt, response)
                                 : write_chat(folder, prompt, response);
}

const std::string& response_content(const Written& written) {
  return written.rule == TextRule::plain ? written.response : written.messages.back().content;
}

int64_t cuttable_prompt(const Written& written) {
  int64_t count = code_points(written.prompt);
  for (size_t i = 0; i < written.prompt_messages; ++i) {
    const Message& message = written.messages[i];
    if (is_cuttable(message)) count += code_points(message.content);
  }
  return count;
}

int64_t cuttable_response(const Written& written) {
  const std::string_view content = response_content(written);
  const size_t first = content.find_first_not_of(" \t\n\v\f\r");
  if (first == std::string_view::npos) return 0;
  return code_points(content.substr(first)) - 1;
}

Written without_prompt_start(Written written, int64_t count) {
  const auto shorten = [&count](std::string& text) {
    const int64_t gone = std::min(count, code_points(text));
    text.erase(0, behind_code_points(text, gone));
    count -= gone;
  };
  shorten(written.prompt);
  for (size_t i = 0; i < written.prompt_messages; ++i) {
    Message& message = written.messages[i];
    if (is_cuttable(message)) shorten(message.content);
  }
  return written;
}

Written without_response_end(Written written, int64_t count) {
  std::string& content =
      written.rule == TextRule::plain ? written.response : written.messages.back().content;
  content.resize(behind_code_points(content, code_points(content) - count));
  return written;
}

}  // namespace laurel
