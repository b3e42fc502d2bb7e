// Prompt groups worked by hand: what is shared, and what is computed.
#include "data/prompt_group.h"

#include <gmock/gmock.h>

#include "data/batches/pack.h"
#include "data/tiny.h"

namespace laurel::prompt_group_test {
namespace {

using test::pair_of;
using test::rating_of;

int32_t shared(const Group& group, const Pooling& pooling = {}) {
  return PromptGroup(group, pooling).shared_prefix();
}

TEST(PromptGroup, SharesNoPooledTokenAndNothingInAnEncoder) {
  const Group equal = pair_of({1, 2, 3}, {1, 2, 3});
  EXPECT_EQ(shared(equal), 2);  // every response owns the token that it is read at
  EXPECT_EQ(shared(pair_of({1, 2}, {1, 2, 3})), 1);
  EXPECT_EQ(shared(pair_of({1, 2}, {4, 2})), 0);
  EXPECT_EQ(shared(equal, {.causal = false}), 0);
  EXPECT_EQ(shared(rating_of({1, 2, 3}, 0)), 0);
  Group early = equal;
  early.responses[1].positions = {{1, 2}, {2, 3}};
  EXPECT_EQ(shared(early), 1);
}

TEST(PromptGroup, SharesTheCommonPrefixOfAllItsGroups) {
  const Group a = pair_of({1, 2, 3, 4, 8}, {1, 2, 3, 4, 9}), b = rating_of({1, 2, 3, 5}, 0);
  const Group c = pair_of({1, 2, 7}, {1, 2, 3, 4, 5});
  PromptGroup prompt_group(a, {});
  EXPECT_EQ(prompt_group.shared_prefix(), 4);
  EXPECT_EQ(prompt_group.tokens(), 6);
  prompt_group.add(b);
  EXPECT_EQ(prompt_group.shared_prefix(), 3);
  EXPECT_EQ(prompt_group.tokens(), 3 + 2 + 2 + 1);
  prompt_group.add(c);
  EXPECT_EQ(prompt_group.shared_prefix(), 2);
  EXPECT_EQ(prompt_group.tokens(), 2 + 3 + 3 + 2 + 1 + 3);
  PromptGroup ratings(b, {});
  EXPECT_EQ(ratings.tokens(), 4);
  ratings.add(b);
  EXPECT_EQ(ratings.shared_prefix(), 3);
  EXPECT_EQ(ratings.tokens(), 5);
}

TEST(PromptGroup, LeavesOutTokensAfterTheLastPositionOfACausalModel) {
  Group group = rating_of({7, 8, 2, 2}, 1);
  group.responses[0].positions = {{1, 2}};
  EXPECT_EQ(PromptGroup(group, {}).tokens(), 2);
  EXPECT_EQ(PromptGroup(group, {.causal = false}).tokens(), 4);
  EXPECT_EQ(computed_tokens(group, {}), 2);
}

}  // namespace
}  // namespace laurel::prompt_group_test
