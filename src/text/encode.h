// The text rule: from a prompt and its responses to token ids, cut to a length where asked for.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "text/conversation.h"
#include "text/text_folder.h"

namespace laurel {

// chat   Prompt messages + response messages go through the chat template, without a generation
//        prompt, and no special tokens are added. A string prompt with a string response is one
//        user and one assistant message; after a list of messages it is one assistant message.
// plain  TRL's rule for strings: prompt + response, end of sequence appended if absent, the
//        tokenizer's own special tokens around it, none of them twice.
enum class TextRule { chat, plain };
constexpr auto enum_names(TextRule) { return std::array{"chat", "plain"}; }

// What text that spells a special token becomes when it stands in contents: that token, as in
// transformers, or ordinary text. The template's own markers are special tokens either way.
enum class SpecialText { transformers, plain };
constexpr auto enum_names(SpecialText) { return std::array{"transformers", "plain"}; }

struct TextRules {
  TextRule rule = TextRule::chat;
  SpecialText special_text = SpecialText::transformers;
};

// Where contents are cut when a response exceeds the length.
// prompt_left     the earliest prompt content that is not a system message's goes first;
//                 one cut for all responses
// response_right  the end of the last message (chat) or of the response (plain);
//                 each response by itself
enum class Cut { none, prompt_left, response_right };

struct EncodedText {
  std::vector<int32_t> ids;
  bool contains_special_text = false;  // contents spelled a special token
  int64_t cut_code_points = 0;
};

// Throws Error (data) where the rule does not apply: strings without a prompt or a folder without
// template under chat, message lists under plain, a string prompt with a message-list response, an
// empty list of messages, bytes that are not UTF-8, a template that raises.
EncodedText encode_text(const TextFolder& folder, const TextRules& rules,
                        const std::optional<Text>& prompt, const Text& response);

struct GroupText {
  std::optional<Text> prompt;
  std::vector<Text> responses;
};

struct LengthLimit {
  int64_t max_length;
  Cut cut = Cut::none;
};

// All responses within max_length, contents cut on code-point borders by the smallest cut that
// binary search finds, rendered again so that the template's beginning and end stay; nullopt if no
// cut reaches it: a response is never cut to nothing or to white space. The prompt of whole
// dialogues is their common_leading_messages. Errors as encode_text.
std::optional<std::vector<EncodedText>> encode_group(const TextFolder& folder,
                                                     const TextRules& rules, const GroupText& group,
                                                     const LengthLimit& limit);

}  // namespace laurel
