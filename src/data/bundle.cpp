// A bundle's shared tokens shrink with every group that is added.
#include "data/bundle.h"

#include <algorithm>
#include <limits>

namespace laurel {

int32_t computed_length(const Response& response, const Reading& reading) {
  return reading.causal ? response.reads.back().end : static_cast<int32_t>(response.ids.size());
}

Bundle::Bundle(const Group& group, const Reading& reading)
    : reading_(reading), common_(reading.causal ? std::numeric_limits<int32_t>::max() : 0) {
  add(group);
}

void Bundle::add(const Group& group) {
  groups_.push_back(&group);
  const std::vector<int32_t>& first = groups_.front()->responses.front().ids;
  for (const Response& response : group.responses) {
    ++responses_;
    given_ += computed_length(response, reading_);
    for (const Read& read : response.reads) common_ = std::min(common_, read.begin);
    const auto end = first.begin() + std::min<int64_t>(common_, static_cast<int64_t>(first.size()));
    const auto differing =
        std::mismatch(first.begin(), end, response.ids.begin(), response.ids.end()).first;
    common_ = static_cast<int32_t>(differing - first.begin());
  }
}

int64_t total_tokens(const std::vector<Bundle>& bundles) {
  int64_t total = 0;
  for (const Bundle& bundle : bundles) total += bundle.tokens();
  return total;
}

}  // namespace laurel
