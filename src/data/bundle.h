// Groups that are packed as one: what all their responses begin with is computed once.
#pragma once

#include <cstdint>
#include <vector>

#include "data/group.h"
#include "data/reading.h"

namespace laurel {

// Tokens of the response that are computed: none behind the last read of a causal backbone.
int32_t computed_length(const Response& response, const Reading& reading);

class Bundle {
 public:
  Bundle(const Group& group, const Reading& reading);

  void add(const Group& group);

  const std::vector<const Group*>& groups() const { return groups_; }

  // Tokens that all responses begin with, ended before the first read of any, so that every
  // response owns its reads. 0 for a single response and where prompts cannot be shared.
  int32_t shared() const { return responses_ > 1 ? common_ : 0; }

  // Computed ones: the shared ones once.
  int64_t tokens() const { return given_ - shared() * (responses_ - 1); }

 private:
  Reading reading_;
  std::vector<const Group*> groups_;
  int64_t responses_ = 0, given_ = 0;  // given_: tokens of the responses, each with its prompt
  int32_t common_;
};

int64_t total_tokens(const std::vector<Bundle>& bundles);

}  // namespace laurel
