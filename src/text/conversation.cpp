// Parses messages of a row, and gives them to the chat template as JSON.
#include "text/conversation.h"

#include <algorithm>

#include "core/str.h"

namespace laurel {

static Message message_from_json(const Json& value, const std::string& where) {
  if (!value.is_object()) {
    throw Error{ErrorKind::data, str(where, ": found ", describe_json(value),
                                     ", expected a message {\"role\": ..., \"content\": ...}")};
  }
  Message message;
  for (const char* name : {"role", "content"}) {
    const auto field = value.find(name);
    if (field == value.end() || !field->is_string()) {
      const std::string found = field == value.end() ? "no" : str(describe_json(*field), " as");
      throw Error{ErrorKind::data, str(where, ": found ", found, " \"", name,
                                       "\", expected a string in each message")};
    }
  }
  for (const auto& [name, field] : value.items()) {
    message.order.push_back(name);
    if (name == "role") {
      message.role = field.get<std::string>();
    } else if (name == "content") {
      message.content = field.get<std::string>();
    } else {
      message.extra[name] = field;
    }
  }
  // Rows of one order compare equal whether they were read or made.
  const bool is_usual = message.order[0] == "role" && message.order[1] == "content";
  if (is_usual) message.order.clear();
  return message;
}

Text text_from_json(const Json& value, const std::string& where) {
  if (value.is_string()) return value.get<std::string>();
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

Json json_of(const Conversation& conversation) {
  Json messages = Json::array();
  for (const Message& message : conversation) {
    Json object = Json::object();
    for (const std::string& name : message.order) {
      if (name == "role" || name == "content") {
        object[name] = name == "role" ? message.role : message.content;
      } else if (message.extra.contains(name) && !message.extra[name].is_null()) {
        object[name] = message.extra[name];
      }
    }
    if (message.order.empty()) object = {{"role", message.role}, {"content", message.content}};
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
