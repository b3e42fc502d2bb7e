// Edits the text of a row: members are replaced where they stand.
#include "curation/row_change.h"

#include <algorithm>
#include <vector>

#include "core/error.h"
#include "core/json_text.h"
#include "core/str.h"

namespace laurel {

namespace {

// Of a name that `fields` leaves out the key is empty.
bool given(const Json& row, const std::string& key) {
  const auto at = row.find(key);
  return !key.empty() && at != row.end() && !at->is_null();
}

// Members with these keys get these values, where they stand.
std::string with_values(std::string_view text, const std::vector<JsonChange>& changes) {
  std::string out;
  size_t copied = 0;
  for (const JsonMember& member : json_members(text)) {
    const auto change = std::ranges::find(changes, member.key, &JsonChange::key);
    if (change == changes.end()) continue;
    out += text.substr(copied, member.begin - copied);
    out += change->value;
    copied = member.end;
  }
  return out += text.substr(copied);
}

std::string value_of(std::string_view text, const std::string& key) {
  for (const JsonMember& member : json_members(text)) {
    if (member.key == key) return std::string(text.substr(member.begin, member.end - member.begin));
  }
  return "";
}

void swap_values(std::string_view text, const std::string& a, const std::string& b,
                 std::vector<JsonChange>& changes) {
  changes.push_back({a, value_of(text, b)});
  changes.push_back({b, value_of(text, a)});
}

}  // namespace

PairKeys pair_keys(const SourceOptions& source) {
  const FieldMap fields(source.rows.map);
  bool made = false;
  const auto key = [&](const char* name) {
    made |= fields.is_expression(name);
    return fields.key_of(name).value_or("");
  };
  PairKeys keys{.chosen = key("chosen"),
                .rejected = key("rejected"),
                .response_a = key("response_a"),
                .response_b = key("response_b"),
                .preferred = key("preferred"),
                .preference = key("preference"),
                .tie = key("tie"),
                .votes_a = key("votes_a"),
                .votes_b = key("votes_b"),
                .votes_tie = key("votes_tie"),
                .margin = key("margin"),
                .strength = key("strength")};
  keys.made = made;
  return keys;
}

static void refuse_made(const PairKeys& keys) {
  if (!keys.made) return;
  throw Error{
      ErrorKind::usage,
      "found expressions in fields for the answers or labels of pairs, expected fields of "
      "the rows: a label can only be changed where the file holds it; drop such rows instead"};
}

std::string flipped_row(std::string_view text, const Json& row, const PairKeys& keys, int better) {
  refuse_made(keys);
  std::vector<JsonChange> changes;
  for (const std::string& key : {keys.margin, keys.strength}) {
    if (given(row, key)) changes.push_back({key, "null"});
  }
  if (given(row, keys.preference)) {
    changes.push_back({keys.preference, better == 0 ? "0" : "1"});
  } else if (given(row, keys.preferred)) {
    changes.push_back({keys.preferred, better == 0 ? "\"b\"" : "\"a\""});
  } else if (given(row, keys.votes_a)) {
    swap_values(text, keys.votes_a, keys.votes_b, changes);
  } else {
    swap_values(text, keys.chosen, keys.rejected, changes);
  }
  return with_values(text, changes);
}

std::string softened_row(std::string_view text, const Json& row, const PairKeys& keys,
                         double first_wins, bool turned) {
  refuse_made(keys);
  std::vector<JsonChange> changes;
  const auto leave_out = [&](const std::string& key) {
    if (given(row, key)) changes.push_back({key, "null"});
  };
  for (const std::string* key :
       {&keys.preferred, &keys.votes_a, &keys.votes_b, &keys.votes_tie, &keys.tie}) {
    leave_out(*key);
  }
  if (turned) {
    leave_out(keys.margin);
    leave_out(keys.strength);
  }
  changes.push_back({keys.preference, significant(first_wins, 6)});
  return change_members(text, changes);
}

}  // namespace laurel
