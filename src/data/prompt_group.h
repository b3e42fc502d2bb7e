// Prompt group: groups packed together, whose common prefix is computed once.
#pragma once

#include <cstdint>
#include <vector>

#include "data/group.h"
#include "data/pooling.h"

namespace laurel {

class PromptGroup {
 public:
  PromptGroup(const Group& group, const Pooling& pooling);

  void add(const Group& group);

  const std::vector<const Group*>& groups() const { return groups_; }

  // Tokens that all responses begin with, ended before the first pooled token of any, so that
  // every response owns its positions. 0 for a single response, where prompts cannot be shared, and
  // for responses of lengths that are computed differently (LengthRule).
  int32_t shared_prefix() const { return responses_ > 1 ? common_ : 0; }

  // Computed tokens: the shared prefix once.
  int64_t tokens() const { return unshared_ - shared_prefix() * (responses_ - 1); }

 private:
  Pooling pooling_;
  std::vector<const Group*> groups_;
  int64_t responses_ = 0,
          unshared_ = 0;  // unshared_: tokens of the responses, each with its prompt
  int32_t common_;
};

// The tokens that are computed for a group that shares with no other: the prefix of its responses
// once, and none after the last position of a causal backbone.
int64_t computed_tokens(const Group& group, const Pooling& pooling);

int64_t total_tokens(const std::vector<PromptGroup>& prompt_groups);

}  // namespace laurel
