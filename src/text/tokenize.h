// Tokenisation of a prompt and its responses: chat template or plain strings, with truncation.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "text/conversation.h"
#include "text/lost_messages.h"
#include "text/text_processor.h"

namespace laurel {

// chat   Prompt messages + response messages go through the chat template, without a generation
//        prompt, and no special tokens are added. A string prompt with a string response is one
//        user and one assistant message; after a list of messages it is one assistant message.
// plain  TRL's rule for strings: prompt + response, end of sequence appended if absent, the
//        tokenizer's own special tokens around it, none of them twice.
// pair   For encoders: prompt and response as the tokenizer's pair of texts, a response without a
//        prompt as one text, with the special tokens and token types of its post-processor. Of
//        messages the last one is the response; the contents of all before it that are not empty,
//        joined by line ends, are the prompt. Roles and other fields are left out.
// rendered  For strings that a template has made already: prompt + response as they are, special
//        tokens that they spell parsed, nothing added at either end. The pooled token is the last
//        one of the text, whatever it is.
enum class TextRule { chat, plain, pair, rendered };
constexpr auto enum_names(TextRule) { return std::array{"chat", "plain", "pair", "rendered"}; }

// Prompt and response are strings, one behind the other.
constexpr bool joins_strings(TextRule rule) {
  return rule == TextRule::plain || rule == TextRule::rendered;
}

// What text in contents that spells a special token becomes: that token, as in transformers, or
// ordinary text. The template's own markers are special tokens either way.
enum class SpecialText { transformers, plain };
constexpr auto enum_names(SpecialText) { return std::array{"transformers", "plain"}; }

struct TextRules {
  TextRule rule = TextRule::chat;
  SpecialText special_text = SpecialText::transformers;
};

// Where contents are truncated when a response exceeds the length.
// prompt_left     the earliest prompt content that is not a system message's goes first;
//                 one cut for all responses
// response_right  the end of the last message (chat) or of the response (plain);
//                 each response by itself
enum class Truncation { none, prompt_left, response_right };

struct TokenizedText {
  std::vector<int32_t> ids;
  int32_t second_text = -1;            // pair: where tokens of type 1 begin; -1: none are
  int32_t answer = -1;                 // pair: where the second text begins; -1: there is one text
  bool contains_special_text = false;  // contents spelled a special token
  int64_t truncated_code_points = 0;
  bool empty_answer =
      false;  // chat: the template leaves nothing of the last message; pair: no token
  std::vector<LostMessage> lost = {};  // chat
};

// Throws Error (data) where the rule does not apply: strings without a prompt or a processor
// without template under chat, message lists under plain or rendered, a string prompt with a message-list
// response, an empty list of messages, bytes that are not UTF-8, a template that raises, a
// tokenizer that joins pairs in a form of its own under pair.
TokenizedText tokenize_text(const TextProcessor& processor, const TextRules& rules,
                            const std::optional<Text>& prompt, const Text& response,
                            const Json& variables = Json::object());

struct GroupText {
  std::optional<Text> prompt;
  std::vector<Text> responses;
  Json variables = Json::object();  // of the chat template, for this group alone; others read none
};

struct LengthLimit {
  int64_t max_length;
  Truncation truncation = Truncation::none;
};

// Tokenises all responses, each to at most max_length tokens. Contents are truncated on code-point
// boundaries, by as little as binary search finds, and rendered again, so that the template's
// beginning and end stay. nullopt if that is not enough: at least one character of a response that
// is not white space (Unicode's) stays, also in what the template makes of it. The prompt of whole dialogues is their common_leading_messages. Errors
// as tokenize_text.
std::optional<std::vector<TokenizedText>> tokenize_group(const TextProcessor& processor,
                                                         const TextRules& rules,
                                                         const GroupText& group,
                                                         const LengthLimit& limit);

}  // namespace laurel
