// Numbers of a whole group.
#include "data/group.h"

namespace laurel {

int64_t input_tokens(const Group& group) {
  int64_t tokens = 0;
  for (const Response& response : group.responses) {
    tokens += static_cast<int64_t>(response.ids.size());
  }
  return tokens;
}

double weight_sum(const Group& group) { return weight_sum(group.label); }

double weight_sum(const Label& label) {
  if (const auto* ranking = std::get_if<Ranking>(&label)) return ranking->weight;
  double sum = 0;
  if (const auto* preferences = std::get_if<Preferences>(&label)) {
    for (const Preference& preference : *preferences) sum += preference.weight;
  } else {
    for (const float weight : std::get<Ratings>(label).weight) sum += weight;
  }
  return sum;
}

}  // namespace laurel
