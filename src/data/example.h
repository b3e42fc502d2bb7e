// From an example to a group: token ids, what is read of them, and what identifies its texts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/group.h"
#include "data/reading.h"
#include "data/row.h"
#include "data/source.h"
#include "text/encode.h"

namespace laurel {

struct EncodeContext {
  const TextFolder& folder;
  TextRules rules;
  Reading reading;
  LengthOptions length;
};

struct EncodedExample {
  std::optional<Group> group;  // without source and id; none if it is over-long
  std::string over_length;     // then: "found 700 tokens, expected at most 512 (model.max_length)"
  std::vector<ResponseFacts> facts;
  bool truncated = false, special_text = false;
};

// An example without judgement becomes a group whose scores all have weight 0. Throws Error (data)
// that starts with `where` if the text rule does not apply. Whether an over-long group is dropped
// or an error is the caller's to say.
EncodedExample encode_example(const Example& example, const EncodeContext& context,
                              const std::string& where);

// Of the prompt; without one, of the messages that all responses begin with; without those, of the
// responses in any order. A prompt that is one user's message equals the string of its content.
uint64_t prompt_hash(const Example& example);

// Answers as given. Without a prompt, the answer is what follows the common leading messages of
// lists, and the whole text of strings.
std::vector<ResponseFacts> response_facts(const Example& example);

Read read_of(const std::vector<int32_t>& ids, const Reading& reading);

// What the model would compute for two of its responses is the same: equal ids up to the last read.
bool has_identical_responses(const Group& group);

// All that the group's judgement compares is the same: the two responses of a pair, or all ranked
// ones of a list.
bool compares_nothing(const Group& group);

}  // namespace laurel
