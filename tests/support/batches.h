// Packed batches from literal tokens, for tests: the packer's rules without the packer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "data/batch.h"
#include "data/pooling.h"

namespace laurel {

// One response and the range of its tokens that its position pools; none: the last token. Batches
// have token types where some response has a second text.
struct TestResponse {
  std::vector<int32_t> ids;
  std::optional<PoolRange> pool;
  int32_t second_text = -1;
};
using TestGroup = std::vector<TestResponse>;

enum class SharePrefix { no, yes };

// Groups one after the other. With SharePrefix::yes the longest common token prefix of a group's
// rows, ended before the first pooled token of any, is a span of its own that the others continue,
// if `lengths` puts all of them into one class.
// With several worker parts each of the first has one group, the last the rest.
TokenBatch make_batch(const std::vector<TestGroup>& groups, SharePrefix share = SharePrefix::no,
                      size_t worker_parts = 1, const LengthRule& lengths = {});

// Every row a group of its own, read at its last token.
TokenBatch make_batch(const std::vector<std::vector<int32_t>>& rows);

}  // namespace laurel
