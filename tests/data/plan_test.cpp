// The attention plan of the design's example, worked by hand.
#include "data/plan.h"

#include <gmock/gmock.h>

#include "tiny.h"

namespace laurel {
namespace {

using test::values_of;
using testing::ElementsAre;

TEST(AttentionPlan, GathersThePrefixBeforeTheSpansOwnKeys) {
  // p0 p1 p2 p3  c0 c1  r0 r1 r2  q0 q1 a0, read at 5, 8 and 11
  const std::vector<Span> spans{{0, 4, -1}, {4, 2, 0}, {6, 3, 0}, {9, 3, -1}};
  const std::vector<Read> reads{{5, 6}, {8, 9}, {11, 12}};
  const AttentionPlan plan = attention_plan(spans, reads);
  EXPECT_THAT(values_of<int32_t>(plan.cu_query), ElementsAre(0, 4, 6, 9, 12));
  EXPECT_THAT(values_of<int32_t>(plan.cu_key), ElementsAre(0, 4, 10, 17, 20));
  EXPECT_THAT(
      values_of<int32_t>(plan.key_index),
      ElementsAre(0, 1, 2, 3, /**/ 0, 1, 2, 3, 4, 5, /**/ 0, 1, 2, 3, 6, 7, 8, /**/ 9, 10, 11));
  EXPECT_THAT(values_of<int32_t>(plan.last_cu_query), ElementsAre(0, 0, 1, 2, 3));
  EXPECT_THAT(values_of<int32_t>(plan.last_query_index), ElementsAre(5, 8, 11));
  EXPECT_EQ(plan.max_query, 4);
  EXPECT_EQ(plan.max_key, 7);
  EXPECT_EQ(plan.spans[2].prefix, 0);
}

TEST(AttentionPlan, ListsEveryTokenOfAReadThatIsAMean) {
  const AttentionPlan plan =
      attention_plan({{0, 5, -1}, {5, 1, -1}}, std::vector<Read>{{1, 3}, {4, 5}, {5, 6}});
  EXPECT_THAT(values_of<int32_t>(plan.last_cu_query), ElementsAre(0, 3, 4));
  EXPECT_THAT(values_of<int32_t>(plan.last_query_index), ElementsAre(1, 2, 4, 5));
}

}  // namespace
}  // namespace laurel
