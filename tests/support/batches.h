// Packed batches from literal tokens, for tests: the packer's rules without the packer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "data/batch.h"

namespace laurel {

// One response and the range of its tokens that its row reads; none: the last token.
struct TestRow {
  std::vector<int32_t> ids;
  std::optional<Read> read;
};
using TestGroup = std::vector<TestRow>;

enum class Share { no, yes };

// Groups one behind the other. With Share::yes the longest common token prefix of a group's rows,
// ended before the first read of any of them, is a span of its own that the others continue. With
// several lanes each of the first has one group, the last the rest.
TokenBatch make_batch(const std::vector<TestGroup>& groups, Share share = Share::no,
                      size_t lanes = 1);

// Every row a group of its own, read at its last token.
TokenBatch make_batch(const std::vector<std::vector<int32_t>>& rows);

}  // namespace laurel
