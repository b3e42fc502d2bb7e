// Text: a string, or a conversation (a list of messages with role and content).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/json.h"

namespace laurel {

struct Message {
  std::string role, content;    // of text parts, joined
  Json extra = Json::object();  // other fields of the message; the chat template sees them
  // Names of all fields in the row's order, which templates can print; empty: role, content, extra.
  std::vector<std::string> order = {};
  Json parts = nullptr;     // the content as a list of text parts; null: it is a string
  bool has_content = true;  // false: null or absent beside tool_calls, and unseen by the template
  bool operator==(const Message&) const = default;
};

// Another content takes the place of the message's own.
void set_content(Message& message, std::string content);

using Conversation = std::vector<Message>;
using Text = std::variant<std::string, Conversation>;

// A string, or a list of objects with the strings `role` and `content`, as in a row. A content may be
// a list of text parts, and is not needed beside `tool_calls`.
// Throws Error (data): "WHERE: found ..., expected ...".
// `where` names the field, e.g. "a.jsonl:3: chosen".
Text text_from_json(const Json& value, const std::string& where);

// A string, and no list of messages as Python prints it: text_from_json() gives it as it is.
bool is_plain_text(const Json& value);

// The list of messages as a chat template sees it, with fields in the row's order: those that are
// null are left out, and the older names of `reasoning_content` are filled in, as transformers
// does. `as_parts`: contents that are lists of parts stay lists.
Json json_of(const Conversation& conversation, bool as_parts = false);

// The leading messages that all responses share when each holds the whole dialogue (implicit
// prompt); the last message of a response never belongs to them. Empty if any response is a string.
Conversation common_leading_messages(std::span<const Text> responses);

}  // namespace laurel
