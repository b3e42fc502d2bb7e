// The common prefix of a prompt group; it shrinks with every group that is added.
#include "data/prompt_group.h"

#include <algorithm>
#include <limits>

namespace laurel {

PromptGroup::PromptGroup(const Group& group, const Pooling& pooling)
    : pooling_(pooling), common_(pooling.causal ? std::numeric_limits<int32_t>::max() : 0) {
  add(group);
}

void PromptGroup::add(const Group& group) {
  groups_.push_back(&group);
  const std::vector<int32_t>& first = groups_.front()->responses.front().ids;
  for (const Response& response : group.responses) {
    const auto class_of = [&](const std::vector<int32_t>& ids) {
      return pooling_.lengths.class_of(static_cast<int32_t>(ids.size()));
    };
    if (class_of(response.ids) != class_of(first)) common_ = 0;
    ++responses_;
    unshared_ += computed_length(response, pooling_);
    for (const PoolRange& range : response.positions) common_ = std::min(common_, range.begin);
    const auto end = first.begin() + std::min<int64_t>(common_, static_cast<int64_t>(first.size()));
    const auto differing =
        std::mismatch(first.begin(), end, response.ids.begin(), response.ids.end()).first;
    common_ = static_cast<int32_t>(differing - first.begin());
  }
}

int64_t computed_tokens(const Group& group, const Pooling& pooling) {
  return PromptGroup(group, pooling).tokens();
}

int64_t total_tokens(const std::vector<PromptGroup>& prompt_groups) {
  int64_t total = 0;
  for (const PromptGroup& prompt_group : prompt_groups) total += prompt_group.tokens();
  return total;
}

}  // namespace laurel
