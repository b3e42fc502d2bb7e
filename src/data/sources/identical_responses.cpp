// Responses that a model cannot tell apart.
#include <algorithm>
#include <span>

#include "data/sources/encode_example.h"

namespace laurel {

static bool computes_the_same(const Response& one, const Response& other, const Pooling& pooling) {
  const auto computed = [&](const Response& response) {
    return std::span(response.ids).first(static_cast<size_t>(computed_length(response, pooling)));
  };
  return std::ranges::equal(computed(one), computed(other)) && one.second_text == other.second_text;
}

bool has_identical_responses(const Group& group, const Pooling& pooling) {
  for (size_t i = 0; i < group.responses.size(); ++i) {
    for (size_t j = i + 1; j < group.responses.size(); ++j) {
      if (computes_the_same(group.responses[i], group.responses[j], pooling)) return true;
    }
  }
  return false;
}

bool compares_only_identical_responses(const Group& group, const Pooling& pooling) {
  if (std::holds_alternative<Ratings>(group.label)) return false;
  const auto* ranking = std::get_if<Ranking>(&group.label);
  if (!ranking) return has_identical_responses(group, pooling);
  const Response* first = nullptr;
  for (size_t i = 0; i < group.responses.size(); ++i) {
    if (ranking->rank[i] < 0) continue;
    if (first && !computes_the_same(*first, group.responses[i], pooling)) return false;
    if (!first) first = &group.responses[i];
  }
  return true;
}

}  // namespace laurel
