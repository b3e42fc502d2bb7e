// A scanner over JSON text that is known to be valid.
#include "core/json_text.h"

#include <algorithm>

#include "core/json.h"

namespace laurel {

namespace {

bool is_json_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

size_t skip_space(std::string_view text, size_t at) {
  while (at < text.size() && is_json_space(text[at])) ++at;
  return at;
}

size_t skip_string(std::string_view text, size_t at) {
  for (++at; text[at] != '"'; ++at) at += text[at] == '\\';
  return at + 1;
}

size_t skip_value(std::string_view text, size_t at) {
  if (text[at] == '"') return skip_string(text, at);
  if (text[at] != '{' && text[at] != '[') {
    return std::min(text.find_first_of(",}] \t\r\n", at), text.size());
  }
  int depth = 0;
  do {
    if (text[at] == '"') {
      at = skip_string(text, at);
      continue;
    }
    if (text[at] == '{' || text[at] == '[') ++depth;
    if (text[at] == '}' || text[at] == ']') --depth;
    ++at;
  } while (depth > 0);
  return at;
}

}  // namespace

std::vector<JsonMember> json_members(std::string_view object) {
  std::vector<JsonMember> members;
  size_t at = object.find('{') + 1;
  for (;;) {
    const size_t key = skip_space(object, at);
    if (object[key] == '}') return members;
    const size_t key_end = skip_string(object, key);
    const size_t value = skip_space(object, skip_space(object, key_end) + 1);
    const size_t end = skip_value(object, value);
    members.push_back({Json::parse(object.substr(key, key_end - key)), key, value, end});
    at = skip_space(object, end);
    if (object[at] == ',') ++at;
  }
}

std::vector<std::string_view> json_elements(std::string_view list) {
  std::vector<std::string_view> elements;
  size_t at = list.find('[') + 1;
  for (;;) {
    const size_t begin = skip_space(list, at);
    if (list[begin] == ']') return elements;
    const size_t end = skip_value(list, begin);
    elements.push_back(list.substr(begin, end - begin));
    at = skip_space(list, end);
    if (list[at] == ',') ++at;
  }
}

std::string compact_json(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    if (is_json_space(text[at])) {
      ++at;
      continue;
    }
    const size_t end = text[at] == '"' ? skip_string(text, at) : at + 1;
    out += text.substr(at, end - at);
    at = end;
  }
  return out;
}

std::string change_members(std::string_view object, const std::vector<JsonChange>& changes) {
  std::string out = "{";
  const auto add = [&](std::string_view member) {
    if (out.size() > 1) out += ',';
    out += member;
  };
  for (const JsonMember& member : json_members(object)) {
    if (std::ranges::find(changes, member.key, &JsonChange::key) != changes.end()) continue;
    add(object.substr(member.key_begin, member.end - member.key_begin));
  }
  for (const JsonChange& change : changes) {
    if (!change.value.empty()) add(Json(change.key).dump() + ":" + change.value);
  }
  return out + "}";
}

}  // namespace laurel
