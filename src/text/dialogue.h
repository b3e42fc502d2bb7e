// Dialogue: a prompt with one response under the text rule, ready to be truncated and tokenised.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "text/tokenize.h"

namespace laurel {

// For messages: what is missing, and both remedies.
inline constexpr const char* kNoChatTemplate =
    "the model's folder has no chat template: copy chat_template.jinja (or tokenizer_config.json "
    "with one) into it, as of the instruct model of the same family; or give strings as prompt and "
    "answers, with \"text\": \"plain\"";

// plain, rendered: prompt and response, strings.
// chat, pair: the whole dialogue, whose first messages are the prompt.
struct Dialogue {
  TextRule rule;
  std::string prompt = {}, response = {};
  Conversation messages = {};
  size_t prompt_messages = 0;
  Json variables = Json::object();  // of the chat template, for this dialogue alone
};

// Errors as tokenize_text.
Dialogue to_dialogue(const TextProcessor& processor, TextRule rule,
                     const std::optional<Text>& prompt, const Text& response,
                     const Json& variables = Json::object());

TokenizedText tokenize_dialogue(const TextProcessor& processor, const TextRules& rules,
                                const Dialogue& dialogue);

// The content that a response is cut in: a string, or that of the last message.
const std::string& response_content(const Dialogue& dialogue);

// Code points of the prompt's contents that may be cut: those of a system message may not.
int64_t truncatable_prompt(const Dialogue& dialogue);

// Code points that may be cut from the response's end so that more than Unicode's white space stays.
int64_t truncatable_response(const Dialogue& dialogue);

// The same text without its first or last `count` code points that may be cut.
Dialogue drop_prompt_start(Dialogue dialogue, int64_t count);
Dialogue drop_response_end(Dialogue dialogue, int64_t count);

}  // namespace laurel
