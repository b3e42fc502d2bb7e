// The text of a JSON object, changed member by member: what is not touched keeps its spelling.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace laurel {

// Where a member lies in the text of its object.
struct JsonMember {
  std::string key;
  size_t key_begin;   // of its opening quote
  size_t begin, end;  // of the value
};

// Of the top level of `object`, in order; a byte order mark may stand before it. The text is known
// to be one valid JSON object.
std::vector<JsonMember> json_members(std::string_view object);

// The texts of the values of a list, which is known to be valid JSON.
std::vector<std::string_view> json_elements(std::string_view list);

// The same values without white space between them, so that they take one line. Numbers and strings
// keep their spelling: 1e22, 1.10, and integers that no double holds.
std::string compact_json(std::string_view text);

struct JsonChange {
  std::string key;
  std::string value;  // JSON text; empty: the member is removed
};

// A compact object with members removed, and with those that have a value at its end, in order.
std::string change_members(std::string_view object, const std::vector<JsonChange>& changes);

}  // namespace laurel
