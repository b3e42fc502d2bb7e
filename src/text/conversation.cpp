// Parses messages of a row, and gives them to the chat template as JSON.
#include "text/conversation.h"

#include <algorithm>

#include "core/str.h"

namespace laurel {

void set_content(Message& message, std::string content) {
  message.content = std::move(content);
  message.parts = nullptr;
  message.has_content = true;
}

// The texts of {"type": "text", "text": ...}, one after the other, as published templates join them.
static std::string joined_parts(const Json& parts, const std::string& where) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) {
    const Json& part = parts[i];
    const std::string place = str(where, ": content[", i, "]");
    const auto type = part.is_object() ? part.find("type") : part.end();
    if (!part.is_object() || type == part.end() || !type->is_string()) {
      throw Error{
          ErrorKind::data,
          str(place, ": found ", describe_json(part), part.is_object() ? " without a type" : "",
              ", expected a text part {\"type\": \"text\", \"text\": ...}")};
    }
    const auto found = part.find("text");
    if (*type != "text" || found == part.end() || !found->is_string()) {
      throw Error{ErrorKind::data, str(place, ": found a part of the type ", type->dump(),
                                       *type == "text" ? " without a string \"text\"" : "",
                                       ", expected text parts: laurel reads text alone")};
    }
    text += found->get_ref<const std::string&>();
  }
  return text;
}

// A string; a list of text parts; or none beside "tool_calls".
static void read_content(const Json& value, const std::string& where, Message& message) {
  const auto field = value.find("content");
  const bool missing = field == value.end() || field->is_null();
  const auto calls = value.find("tool_calls");
  if (missing && calls != value.end() && calls->is_array() && !calls->empty()) {
    message.has_content = false;
  } else if (!missing && field->is_string()) {
    message.content = field->get<std::string>();
  } else if (!missing && field->is_array() && !field->empty()) {
    message.content = joined_parts(*field, where);
    message.parts = *field;
  } else {
    const std::string found = field == value.end() ? "no" : str(describe_json(*field), " as");
    throw Error{ErrorKind::data, str(where, ": found ", found,
                                     " \"content\", expected a string in each message (or text "
                                     "parts; none beside \"tool_calls\")")};
  }
}

static Message message_from_json(const Json& value, const std::string& where) {
  if (!value.is_object()) {
    throw Error{ErrorKind::data, str(where, ": found ", describe_json(value),
                                     ", expected a message {\"role\": ..., \"content\": ...}")};
  }
  Message message;
  const auto role = value.find("role");
  if (role == value.end() || !role->is_string()) {
    const std::string found = role == value.end() ? "no" : str(describe_json(*role), " as");
    throw Error{ErrorKind::data,
                str(where, ": found ", found, " \"role\", expected a string in each message")};
  }
  read_content(value, where, message);
  for (const auto& [name, field] : value.items()) {
    message.order.push_back(name);
    if (name == "role") {
      message.role = field.get<std::string>();
    } else if (name != "content") {
      message.extra[name] = field;
    }
  }
  // Rows of one order compare equal whether they were read or made.
  const bool is_usual = message.order.size() > 1 && message.order[0] == "role" &&
                        message.order[1] == "content" && message.has_content;
  if (is_usual) message.order.clear();
  return message;
}

// What pandas writes of a column of lists into a table.
static bool is_python_list(std::string_view text) {
  return text.starts_with("[{'role':") || text.starts_with("[{'content':") ||
         text.starts_with("[{'from':");
}

bool is_plain_text(const Json& value) {
  return value.is_string() && !is_python_list(value.get_ref<const std::string&>());
}

Text text_from_json(const Json& value, const std::string& where) {
  if (is_plain_text(value)) return value.get_ref<const std::string&>();
  if (value.is_string()) {
    throw Error{ErrorKind::data,
                str(where,
                    ": found a list of messages as Python prints it, expected JSON; write "
                    "the column by json.dumps, and read it by an expression: NAME | parse_json")};
  }
  if (!value.is_array()) {
    throw Error{ErrorKind::data, str(where, ": found ", describe_json(value),
                                     ", expected a string or a list of messages")};
  }
  if (value.empty()) {
    throw Error{ErrorKind::data, str(where, ": found an empty list, expected messages")};
  }
  Conversation conversation;
  for (size_t i = 0; i < value.size(); ++i) {
    conversation.push_back(message_from_json(value[i], str(where, "[", i, "]")));
  }
  return conversation;
}

// transformers hands the first of these that is set to the template under two of the names.
static void add_reasoning_names(Json& message) {
  for (const char* name : {"reasoning_content", "thinking", "reasoning"}) {
    const auto field = message.find(name);
    if (field == message.end()) continue;
    const Json reasoning = *field;
    Json named = {{"thinking", reasoning}};
    named.update(message);
    named["reasoning_content"] = reasoning;
    message = std::move(named);
    return;
  }
}

static Json content_of(const Message& message, bool as_parts) {
  return as_parts && !message.parts.is_null() ? message.parts : Json(message.content);
}

Json json_of(const Conversation& conversation, bool as_parts) {
  Json messages = Json::array();
  for (const Message& message : conversation) {
    Json object = Json::object();
    for (const std::string& name : message.order) {
      if (name == "role") {
        object[name] = message.role;
      } else if (name == "content") {
        if (message.has_content) object[name] = content_of(message, as_parts);
      } else if (message.extra.contains(name) && !message.extra[name].is_null()) {
        object[name] = message.extra[name];
      }
    }
    if (message.order.empty()) {
      object = {{"role", message.role}, {"content", content_of(message, as_parts)}};
    }
    for (const auto& [name, field] : message.extra.items()) {
      if (!field.is_null()) object[name] = field;
    }
    add_reasoning_names(object);
    messages.push_back(std::move(object));
  }
  return messages;
}

Conversation common_leading_messages(std::span<const Text> responses) {
  if (responses.empty()) return {};
  const auto* first = std::get_if<Conversation>(&responses.front());
  if (first == nullptr) return {};
  size_t shared = first->size();
  for (const Text& response : responses) {
    const auto* messages = std::get_if<Conversation>(&response);
    if (messages == nullptr || messages->empty()) return {};
    const size_t most = std::min(shared, messages->size() - 1);
    const auto end = first->begin() + static_cast<std::ptrdiff_t>(most);
    const auto differs = std::mismatch(first->begin(), end, messages->begin()).first;
    shared = static_cast<size_t>(differs - first->begin());
  }
  return {first->begin(), first->begin() + static_cast<std::ptrdiff_t>(shared)};
}

}  // namespace laurel
