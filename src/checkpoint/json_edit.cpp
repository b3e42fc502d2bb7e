// A scanner over the top level of a JSON object that is known to be valid.
#include "checkpoint/json_edit.h"

#include <algorithm>

namespace laurel {

namespace {

struct Member {
  std::string key;
  size_t begin, end;  // of the value
};

struct Members {
  std::vector<Member> list;
  size_t end = 0;      // behind the last value, or behind the opening brace
  std::string indent;  // white space before the last key
};

size_t skip_space(const std::string& text, size_t at) {
  return std::min(text.find_first_not_of(" \t\r\n", at), text.size());
}

size_t skip_string(const std::string& text, size_t at) {
  for (++at; text[at] != '"'; ++at) at += text[at] == '\\';
  return at + 1;
}

size_t skip_value(const std::string& text, size_t at) {
  if (text[at] == '"') return skip_string(text, at);
  if (text[at] != '{' && text[at] != '[') return text.find_first_of(",}] \t\r\n", at);
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

Members members_of(const std::string& text) {
  Members out;
  size_t at = text.find('{') + 1;  // a byte order mark may stand before it
  out.end = at;
  for (;;) {
    const size_t key = skip_space(text, at);
    if (text[key] == '}') return out;
    out.indent = text.substr(at, key - at);
    const size_t key_end = skip_string(text, key);
    const size_t value = skip_space(text, skip_space(text, key_end) + 1);
    out.end = skip_value(text, value);
    out.list.push_back({Json::parse(text.substr(key, key_end - key)), value, out.end});
    at = skip_space(text, out.end);
    if (text[at] == ',') ++at;
  }
}

// Laid out like its surroundings: over several lines if they are.
std::string value_text(const Json& value, const std::string& indent) {
  if (indent.find('\n') == std::string::npos) return value.dump();
  std::string out;
  for (const char c : value.dump(2)) {
    if (c == '\n')
      out += indent;
    else
      out += c;
  }
  return out;
}

std::string with_member(const std::string& text, const std::string& key, const Json& value) {
  Members members = members_of(text);
  const auto found = std::ranges::find(members.list, key, &Member::key);
  if (found != members.list.end()) {
    const std::string present = text.substr(found->begin, found->end - found->begin);
    if (Json::parse(present).dump() == value.dump()) return text;
    return text.substr(0, found->begin) + value_text(value, members.indent) +
           text.substr(found->end);
  }
  if (members.list.empty()) members.indent = "\n  ";
  const std::string comma = members.list.empty() ? "" : ",";
  const std::string tail =
      members.list.empty() ? "\n" + text.substr(text.rfind('}')) : text.substr(members.end);
  return text.substr(0, members.end) + comma + members.indent + Json(key).dump() + ": " +
         value_text(value, members.indent) + tail;
}

}  // namespace

std::string edit_json(const std::string& text,
                      const std::vector<std::pair<std::string, Json>>& members) {
  std::string out = text;
  for (const auto& [key, value] : members) out = with_member(out, key, value);
  return out;
}

}  // namespace laurel
