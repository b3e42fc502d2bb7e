// Micro-batches worked by hand.
#include "data/pack.h"

#include <gmock/gmock.h>

#include "tiny.h"

namespace laurel {
namespace {

using test::pair_of;
using test::rating_of;
using test::values_of;
using testing::ElementsAre;

std::vector<Batch> packed(const std::vector<Group>& groups, int64_t budget, Reading reading = {}) {
  std::vector<const Group*> pointers;
  for (const Group& group : groups) pointers.push_back(&group);
  return pack(pointers, reading, budget);
}

// Design's example, every response with its own prompt.
TEST(Pack, LaysRowsBehindEachOtherWithoutPadding) {
  const std::vector<Group> groups{pair_of({1, 2, 3, 4, 20, 21}, {1, 2, 3, 4, 30, 31, 32}, 0),
                                  rating_of({5, 6, 40}, 4.5, 1)};
  const std::vector<Batch> batches = packed(groups, 100);
  ASSERT_EQ(batches.size(), 1u);
  const TokenBatch& tokens = batches[0].tokens;
  EXPECT_THAT(values_of<int32_t>(tokens.ids),
              ElementsAre(1, 2, 3, 4, 20, 21, 1, 2, 3, 4, 30, 31, 32, 5, 6, 40));
  EXPECT_THAT(values_of<int32_t>(tokens.positions),
              ElementsAre(0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2));
  EXPECT_THAT(values_of<int32_t>(tokens.read_begin), ElementsAre(5, 12, 15));
  EXPECT_THAT(values_of<int32_t>(tokens.read_end), ElementsAre(6, 13, 16));
  EXPECT_THAT(values_of<int32_t>(tokens.plan.cu_key), ElementsAre(0, 6, 13, 16));
  EXPECT_EQ(tokens.plan.spans[2].prefix, -1);
  ASSERT_EQ(tokens.lanes.size(), 1u);
  EXPECT_EQ(tokens.lanes[0].token_end, 16);
  EXPECT_EQ(tokens.lanes[0].span_end, 3);
  EXPECT_FALSE(tokens.token_types);
}

TEST(Pack, LabelsReferToRowsByNumber) {
  std::vector<Group> groups{rating_of({1}, 2, 1), pair_of({2}, {3}, 0), rating_of({4}, 3, 1),
                            pair_of({5}, {6}, 0)};
  groups[3].judgement =
      Preference{.better = 1, .worse = 0, .margin = 0.5, .target = 1, .weight = 2};
  std::get<Scores>(groups[2].judgement).weight = {0.25};
  const Batch batch = packed(groups, 100)[0];
  ASSERT_EQ(batch.judged.size(), 2u);
  EXPECT_EQ(batch.judged[0].source, 0);
  EXPECT_EQ(batch.judged[0].weight_sum, 3);
  const auto& pairs = std::get<PairwiseLabels>(batch.judged[0].labels);
  EXPECT_THAT(values_of<int64_t>(pairs.better), ElementsAre(1, 5));
  EXPECT_THAT(values_of<int64_t>(pairs.worse), ElementsAre(2, 4));
  EXPECT_THAT(values_of<float>(pairs.margin), ElementsAre(0, 0.5));
  EXPECT_THAT(values_of<float>(pairs.target), ElementsAre(1, 1));
  EXPECT_THAT(values_of<float>(pairs.weight), ElementsAre(1, 2));
  EXPECT_EQ(batch.judged[1].source, 1);
  EXPECT_EQ(batch.judged[1].weight_sum, 1.25);
  const auto& ratings = std::get<PointwiseLabels>(batch.judged[1].labels);
  EXPECT_THAT(values_of<int64_t>(ratings.rows), ElementsAre(0, 3));
  EXPECT_THAT(values_of<float>(ratings.score), ElementsAre(2, 3));
  EXPECT_THAT(values_of<float>(ratings.weight), ElementsAre(1, 0.25));
  EXPECT_THAT(ratings.score.sizes(), ElementsAre(2, 1));
}

TEST(Pack, KnowsWhereEveryRowComesFrom) {
  std::vector<Group> groups{pair_of({2}, {3}, 0), rating_of({4}, 3, 1)};
  groups[0].id = 70;
  groups[1].id = 80;
  const Batch batch = packed(groups, 100)[0];
  ASSERT_EQ(batch.rows.size(), 3u);
  EXPECT_EQ(batch.rows[1].group, 70u);
  EXPECT_EQ(batch.rows[1].response, 1);
  EXPECT_EQ(batch.rows[2].source, 1);
  EXPECT_EQ(batch.rows[2].group, 80u);
  EXPECT_EQ(batch.rows[2].response, 0);
}

TEST(Pack, BeginsAMicroBatchBeforeTheBudgetIsExceeded) {
  const auto sizes = [](const std::vector<Batch>& batches) {
    std::vector<int64_t> tokens;
    for (const Batch& batch : batches) tokens.push_back(batch.tokens.ids.numel());
    return tokens;
  };
  const std::vector<Group> groups{rating_of({1, 1, 1}, 0), rating_of({1}, 0), rating_of({1, 1}, 0),
                                  rating_of({1, 1, 1, 1, 1, 1}, 0), rating_of({1}, 0)};
  EXPECT_THAT(sizes(packed(groups, 4)), ElementsAre(4, 2, 6, 1));
  EXPECT_THAT(sizes(packed(groups, 1)), ElementsAre(3, 1, 2, 6, 1));
  EXPECT_THAT(sizes(packed(groups, 13)), ElementsAre(13));
  EXPECT_THAT(sizes(packed({}, 4)), ElementsAre());
}

TEST(Pack, LeavesOutTokensBehindTheLastReadOfACausalModel) {
  Group group = rating_of({7, 8, 2, 2}, 1);  // the pad token 2 ends the text
  group.responses[0].reads = {{1, 2}};
  const Batch causal = packed({group}, 100)[0];
  EXPECT_THAT(values_of<int32_t>(causal.tokens.ids), ElementsAre(7, 8));
  EXPECT_EQ(computed_tokens(group, {}), 2);
  EXPECT_EQ(given_tokens(group), 4);
  const Batch whole = packed({group}, 100, {.causal = false})[0];
  EXPECT_THAT(values_of<int32_t>(whole.tokens.ids), ElementsAre(7, 8, 2, 2));
  EXPECT_THAT(values_of<int32_t>(whole.tokens.read_begin), ElementsAre(1));
}

TEST(Pack, KeepsSeveralReadsAndAttributes) {
  Group group = rating_of({7, 8, 9}, 1);
  group.responses[0].reads = {{0, 1}, {1, 3}};
  group.judgement = Scores{.score = {1, 2, 3, 4}, .weight = {1, 0, 1, 1}};
  const Batch batch = packed({group}, 100)[0];
  const auto& labels = std::get<PointwiseLabels>(batch.judged[0].labels);
  EXPECT_THAT(values_of<int64_t>(labels.rows), ElementsAre(0, 1));
  EXPECT_THAT(labels.score.sizes(), ElementsAre(2, 2));
  EXPECT_EQ(batch.judged[0].weight_sum, 3);
  EXPECT_THAT(values_of<int32_t>(batch.tokens.read_end), ElementsAre(1, 3));
  EXPECT_EQ(batch.rows[1].read, 1);
}

}  // namespace
}  // namespace laurel
