// How a family reads rows and whether it is causal; encoding and packing follow it.
#pragma once

#include <array>
#include <cstdint>

namespace laurel {

// last          the last token
// last_not_pad  the right-most token that is not the pad token, the first token if all are: the
//               rule of transformers, and so of every kept head
enum class ReadRule { last, last_not_pad };
constexpr auto enum_names(ReadRule) { return std::array{"last", "last_not_pad"}; }

struct Reading {
  ReadRule rule = ReadRule::last;
  int32_t pad_id = -1;  // used by last_not_pad only
  bool causal = true;   // prompts can be shared, tokens behind the last read need not be computed
};

}  // namespace laurel
