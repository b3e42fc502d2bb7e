// From a tokenised example to its row.
#include "data/sources/loaded_row.h"

#include <utility>

#include "data/sources/encode_example.h"
#include "data/sources/response_stats.h"

namespace laurel {

Outcome outcome_of(const EncodedExample& encoded, const Pooling& pooling) {
  if (!encoded.group) return Outcome::over_length;
  return compares_only_identical_responses(*encoded.group, pooling) ? Outcome::identical
                                                                    : Outcome::used;
}

LoadedRow loaded_row(Outcome outcome, Example& example, EncodedExample& encoded) {
  LoadedRow row{.outcome = outcome};
  if (outcome != Outcome::used) {
    row.group.prompt_hash = encoded.group ? encoded.group->prompt_hash : prompt_hash(example);
    return row;
  }
  row.group = std::move(*encoded.group);
  row.stats = std::move(encoded.stats);
  row.annotator_scores = std::move(example.annotator_scores);
  row.truncated = encoded.truncated;
  row.special_text = encoded.special_text;
  row.presented_order = has_presented_order(example);
  return row;
}

}  // namespace laurel
