// A response behind its prompt as the text rule writes it: what is cut, and what is encoded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "text/encode.h"

namespace laurel {

// plain: prompt and response, strings.
// chat: the whole dialogue, whose first messages are the prompt.
struct Written {
  TextRule rule;
  std::string prompt = {}, response = {};
  Conversation messages = {};
  size_t prompt_messages = 0;
};

// Errors as encode_text.
Written write_text(const TextFolder& folder, TextRule rule, const std::optional<Text>& prompt,
                   const Text& response);

EncodedText encode_written(const TextFolder& folder, const TextRules& rules,
                           const Written& written);

// The content that a response is cut in: a string, or that of the last message.
const std::string& response_content(const Written& written);

// Code points of the prompt's contents that may be cut: those of a system message may not.
int64_t cuttable_prompt(const Written& written);

// Code points that may be cut from the response's end so that more than white space stays.
int64_t cuttable_response(const Written& written);

// The same text without its first or last `count` code points that may be cut.
Written without_prompt_start(Written written, int64_t count);
Written without_response_end(Written written, int64_t count);

}  // namespace laurel
