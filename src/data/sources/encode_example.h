// From an example to a group: token ids and scored positions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/group.h"
#include "data/pooling.h"
#include "data/records/format.h"
#include "data/sources/source.h"
#include "text/tokenize.h"

namespace laurel {

struct EncodeContext {
  const TextProcessor& folder;
  TextRules rules;
  Pooling pooling;
  LengthOptions length;
};

struct EncodedExample {
  std::optional<Group> group;  // without source and id; none if it is over-long
  // Then, and where it is cut: "found 700 tokens, expected at most 512 (model.max_length)".
  std::string over_length;
  std::vector<ResponseStats> stats;
  bool truncated = false, special_text = false;
  std::vector<LostMessage> lost = {};  // of all responses
  int32_t tokens = 0;                  // of its longest response with the prompt, before any cut
  bool fits_prompt_left = true,
       fits_response_right = true;  // if that were cut where it is too long
};

// An example without label becomes a group whose ratings all have weight 0. Throws Error (data)
// that starts with `where` if the text rule does not apply. Whether an over-long group is dropped
// or an error is the caller's to say.
EncodedExample encode_example(const Example& example, const EncodeContext& context,
                              const std::string& where);

// The tokens of a text that its one position pools.
PoolRange pool_range_of(const std::vector<int32_t>& ids, const Pooling& pooling);

// Two of its responses get the same reward: the ids that are computed are equal.
bool has_identical_responses(const Group& group, const Pooling& pooling);

// All responses that the group's label compares are identical: the two responses of a pair, or
// all ranked ones of a list.
bool compares_only_identical_responses(const Group& group, const Pooling& pooling);

}  // namespace laurel
