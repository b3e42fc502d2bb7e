// Which token of a response is pooled, and whether the backbone is causal.
#pragma once

#include <array>
#include <cstdint>

namespace laurel {

// last          the last token
// last_not_pad  the right-most token that is not the pad token, the first token if all are: the
//               rule of transformers, used for every loaded head
enum class PoolingRule { last, last_not_pad };
constexpr auto enum_names(PoolingRule) { return std::array{"last", "last_not_pad"}; }

struct Pooling {
  PoolingRule rule = PoolingRule::last;
  int32_t pad_id = -1;  // used by last_not_pad only
  bool causal = true;  // prompts can be shared, tokens after the last position need not be computed
};

}  // namespace laurel
