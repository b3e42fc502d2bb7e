// Replaces the text of one value, or adds a member that is laid out like the others.
#include "checkpoint/json_edit.h"

#include <algorithm>

#include "core/json_text.h"

namespace laurel {

namespace {

struct Members {
  std::vector<JsonMember> list;
  size_t end = 0;      // behind the last value, or behind the opening brace
  std::string indent;  // white space before the last key
};

Members members_of(const std::string& text) {
  Members out{.list = json_members(text), .end = text.find('{') + 1, .indent = {}};
  if (out.list.empty()) return out;
  out.end = out.list.back().end;
  const size_t key = out.list.back().key_begin;
  const size_t before = text.find_last_not_of(" \t\r\n", key - 1) + 1;
  out.indent = text.substr(before, key - before);
  return out;
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
  const auto found = std::ranges::find(members.list, key, &JsonMember::key);
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
