// What is suspicious in one row and the example that was made of it, to be counted by the guards.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "data/records/example.h"

namespace laurel {

struct RowSchema;

// A field that may hold the question, and whether its text is in none of the example's.
struct UnreadField {
  std::string name;
  bool lost = false;
};

// Two numbers of the row that judge its two responses: which is higher.
struct ScoredBy {
  std::string fields;  // "score_a and score_b"
  int higher = 0;      // 1: that of the first response; -1: of the second; 0: they are equal
};

struct RowSigns {
  bool has_prompt = false;                   // something feeds the prompt or the system text
  std::vector<UnreadField> unread = {};      // of the fields that nothing reads
  std::vector<std::string> siblings = {};    // fields named as one that is read, with other numbers
  bool all_json = false, some_json = false;  // of its texts are JSON lists
  std::string turn_mark = {};                // that a text holds; "" for none
  std::vector<ScoredBy> scored_by = {};
  bool other_questions = false;    // its responses are dialogues that begin with other questions
  bool whole_preference = false;   // its "preference" is 0 or 1
  std::vector<float> vector = {};  // "scores" of one response by nobody in particular
};

// `row`: as the file has it.
RowSigns signs_of(const Json& row, const Example& example, const RowSchema& schema);

// Some text of the example holds it, apart from white space.
bool has_text(const Example& example, std::string_view text);

}  // namespace laurel
