// Which tokens of a response are pooled, and which are computed: what a backbone's family says of how
// it reads a text, and for causal ones how the head was trained.
#pragma once

#include <array>
#include <cstdint>

#include "data/group.h"

namespace laurel {

// last          the last token
// last_not_pad  the right-most token that is not the pad token, the first token if all are: the
//               rule of transformers, used for every loaded head of a causal backbone
// first         the first token, as encoders do whose tokenizers put one there for it
// mean          the mean of all tokens
enum class PoolingRule { last, last_not_pad, first, mean };
constexpr auto enum_names(PoolingRule) {
  return std::array{"last", "last_not_pad", "first", "mean"};
}

// Rows that a backbone computes differently for their length alone, as some kinds of rope do: those
// of up to `bound` tokens alike; longer ones alike too, or each length by itself.
struct LengthRule {
  int32_t bound = 0;  // 0: all rows alike
  bool each_length = false;

  // Of a row of so many tokens; a length of its class. Rows of different classes share no prefix.
  int32_t class_of(int32_t length) const {
    if (bound == 0 || length <= bound) return 1;
    return each_length ? length : bound + 1;
  }
};

struct Pooling {
  PoolingRule rule = PoolingRule::last;
  int32_t pad_id = -1;  // used by last_not_pad only
  bool causal = true;  // prompts can be shared, tokens after the last position need not be computed
  int32_t token_types = 1;  // that the embedding has; with 1, batches say no types
  LengthRule lengths = {};
};

// A response can be read at several positions, one for each of its segments.
inline bool reads_segments(const Pooling& pooling) {
  return pooling.rule == PoolingRule::last || pooling.rule == PoolingRule::last_not_pad;
}

// Tokens of the response that are computed: none after the last position of a causal backbone.
inline int32_t computed_length(const Response& response, const Pooling& pooling) {
  return pooling.causal ? response.positions.back().end : static_cast<int32_t>(response.ids.size());
}

}  // namespace laurel
