// Micro-batches worked by hand.
#include "data/batches/pack.h"

#include <gmock/gmock.h>

#include "data/prompt_group.h"
#include "data/tiny.h"

namespace laurel::pack_test {
namespace {

using test::pair_of;
using test::rating_of;
using test::values_of;
using testing::ElementsAre;

std::vector<const Group*> pointers_to(const std::vector<Group>& groups) {
  std::vector<const Group*> pointers;
  for (const Group& group : groups) pointers.push_back(&group);
  return pointers;
}

std::vector<Batch> packed(const std::vector<Group>& groups, int64_t budget, Pooling pooling = {}) {
  return pack(pointers_to(groups), pooling,
              {.tokens_per_micro_batch = budget, .group_by_prompt = false});
}

// Design's example.
TEST(Pack, ConcatenatesResponsesWithoutPaddingAndTheSharedPromptOnce) {
  const std::vector<Group> groups{pair_of({1, 2, 3, 4, 20, 21}, {1, 2, 3, 4, 30, 31, 32}, 0),
                                  rating_of({5, 6, 40}, 4.5, 1)};
  const std::vector<Batch> batches = packed(groups, 100);
  ASSERT_EQ(batches.size(), 1u);
  const TokenBatch& tokens = batches[0].tokens;
  EXPECT_THAT(values_of<int32_t>(tokens.ids),
              ElementsAre(1, 2, 3, 4, 20, 21, 30, 31, 32, 5, 6, 40));
  EXPECT_THAT(values_of<int32_t>(tokens.position_ids),
              ElementsAre(0, 1, 2, 3, 4, 5, 4, 5, 6, 0, 1, 2));
  EXPECT_THAT(values_of<int32_t>(tokens.pool_begin), ElementsAre(5, 8, 11));
  EXPECT_THAT(values_of<int32_t>(tokens.pool_end), ElementsAre(6, 9, 12));
  const std::vector<Span>& spans = tokens.spans;
  ASSERT_EQ(spans.size(), 4u);
  EXPECT_EQ(spans[0].prefix, -1);
  EXPECT_EQ(spans[1].prefix, 0);
  EXPECT_EQ(spans[2].prefix, 0);
  EXPECT_EQ(spans[3].prefix, -1);
  std::vector<int32_t> begins, lengths;
  for (const Span& span : spans) {
    begins.push_back(span.begin);
    lengths.push_back(span.length);
  }
  EXPECT_THAT(begins, ElementsAre(0, 4, 6, 9));
  EXPECT_THAT(lengths, ElementsAre(4, 2, 3, 3));
  ASSERT_EQ(tokens.worker_parts.size(), 1u);
  EXPECT_EQ(tokens.worker_parts[0].token_end, 12);
  EXPECT_EQ(tokens.worker_parts[0].span_end, 4);
  EXPECT_EQ(computed_tokens(groups[0], {}), 9);
  EXPECT_EQ(input_tokens(groups[0]), 13);
}

TEST(Pack, SaysTheTokenTypesWhereTheBackboneHasSome) {
  std::vector<Group> groups{pair_of({1, 2, 3, 20, 3}, {1, 2, 3, 30, 31, 3}),
                            rating_of({1, 5}, 1, 1)};
  groups[0].responses[0].second_text = 3;
  groups[0].responses[1].second_text = 2;
  const Pooling encoder{.causal = false, .token_types = 2};
  const TokenBatch tokens = packed(groups, 100, encoder).front().tokens;
  EXPECT_THAT(values_of<int32_t>(tokens.ids),
              ElementsAre(1, 2, 3, 20, 3, 1, 2, 3, 30, 31, 3, 1, 5));
  EXPECT_THAT(values_of<int32_t>(tokens.token_types),
              ElementsAre(0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0));
  EXPECT_FALSE(packed(groups, 100, {.causal = false}).front().tokens.token_types.defined());
}

// Two pairs and a rating of one prompt, and between them a pair of another.
std::vector<Group> groups_of_two_prompts() {
  std::vector<Group> groups{
      pair_of({1, 2, 3, 10}, {1, 2, 3, 11}, 0), pair_of({5, 6, 12}, {5, 6, 13}, 0),
      pair_of({1, 2, 3, 14, 15}, {1, 2, 3, 16}, 0), rating_of({1, 2, 3, 17}, 4, 1)};
  for (size_t i = 0; i < groups.size(); ++i) groups[i].id = i;
  for (const size_t i : {0, 2, 3}) groups[i].prompt_hash = 7;
  std::get<Preferences>(groups[2].label)[0] = {.better = 1, .worse = 0, .margin = 0.5};
  return groups;
}

TEST(Pack, ComputesAPromptOnceForAllItsGroups) {
  const std::vector<Group> groups = groups_of_two_prompts();
  const std::vector<Batch> batches = pack(pointers_to(groups), {}, {});
  ASSERT_EQ(batches.size(), 1u);
  const Batch& batch = batches[0];
  const TokenBatch& tokens = batch.tokens;
  EXPECT_THAT(values_of<int32_t>(tokens.ids),
              ElementsAre(1, 2, 3, 10, 11, 14, 15, 16, 17, 5, 6, 12, 13));
  EXPECT_THAT(values_of<int32_t>(tokens.position_ids),
              ElementsAre(0, 1, 2, 3, 3, 3, 4, 3, 3, 0, 1, 2, 2));
  std::vector<int32_t> prefixes;
  for (const Span& span : tokens.spans) prefixes.push_back(span.prefix);
  EXPECT_THAT(prefixes, ElementsAre(-1, 0, 0, 0, 0, 0, -1, 6, 6));
  EXPECT_THAT(values_of<int32_t>(tokens.pool_begin), ElementsAre(3, 4, 6, 7, 8, 11, 12));
  std::vector<uint64_t> origins;
  for (const PositionOrigin& row : batch.origins) origins.push_back(row.group);
  EXPECT_THAT(origins, ElementsAre(0, 0, 2, 2, 3, 1, 1));
  const auto& pairs = std::get<PairwiseLabels>(batch.labels[0].labels);
  EXPECT_THAT(values_of<int64_t>(pairs.better), ElementsAre(0, 3, 5));
  EXPECT_THAT(values_of<int64_t>(pairs.worse), ElementsAre(1, 2, 6));
  EXPECT_THAT(values_of<float>(pairs.margin), ElementsAre(0, 0.5, 0));
  EXPECT_EQ(batch.labels[0].weight_sum, 3);
  const auto& ratings = std::get<PointwiseLabels>(batch.labels[1].labels);
  EXPECT_THAT(values_of<int64_t>(ratings.positions), ElementsAre(4));
}

// What the prompt is depends on the row's length: short rows share it, and rows beyond the bound do
// among themselves, or only with those of their own length.
TEST(Pack, RowsOfDifferentLengthClassesShareNoPrompt) {
  const Pooling two{.lengths = {.bound = 5, .each_length = false}},
      each{.lengths = {.bound = 5, .each_length = true}};
  const std::vector<int32_t> four{1, 2, 3, 4}, five{1, 2, 3, 5, 6}, six{1, 2, 3, 7, 8, 9},
      seven{1, 2, 3, 10, 11, 12, 13}, other_seven{1, 2, 3, 20, 21, 22, 23};
  const auto tokens_of = [](const auto& a, const auto& b, const Pooling& pooling) {
    return computed_tokens(pair_of(a, b, 0), pooling);
  };
  EXPECT_EQ(tokens_of(four, five, two), 4 + 5 - 3);
  EXPECT_EQ(tokens_of(five, six, two), 5 + 6);
  EXPECT_EQ(tokens_of(six, seven, two), 6 + 7 - 3);
  EXPECT_EQ(tokens_of(four, five, each), 4 + 5 - 3);
  EXPECT_EQ(tokens_of(five, six, each), 5 + 6);
  EXPECT_EQ(tokens_of(six, seven, each), 6 + 7);
  EXPECT_EQ(tokens_of(seven, other_seven, each), 7 + 7 - 3);

  const std::vector<Batch> batches =
      packed({pair_of(five, six, 0), pair_of(four, five, 0)}, 100, two);
  EXPECT_THAT(batches[0].tokens.row_lengths, ElementsAre(5, 6, 4, 4, 5));
  // Groups of one prompt as well: only the second and third are computed alike.
  std::vector<Group> groups{pair_of(four, five, 0), rating_of(six, 1, 1), rating_of(seven, 2, 1)};
  for (Group& group : groups) group.prompt_hash = 7;
  const TokenBatch tokens = pack(pointers_to(groups), two, {})[0].tokens;
  EXPECT_EQ(tokens.ids.size(0), (4 + 5 - 3) + (6 + 7 - 3));
}

TEST(Pack, DividesThePromptsGroupsAtTheBudget) {
  const std::vector<Group> groups = groups_of_two_prompts();
  std::vector<std::vector<int32_t>> ids;
  for (const Batch& batch : pack(pointers_to(groups), {}, {.tokens_per_micro_batch = 8})) {
    ids.push_back(values_of<int32_t>(batch.tokens.ids));
  }
  EXPECT_THAT(ids, ElementsAre(ElementsAre(1, 2, 3, 10, 11, 14, 15, 16),
                               ElementsAre(1, 2, 3, 17, 5, 6, 12, 13)));
}

TEST(Pack, DoesNotJoinGroupsThatShareTooFewTokens) {
  // Each pair shares four tokens, both pairs only one: 12 tokens apart, 17 together.
  std::vector<Group> groups{pair_of({1, 2, 3, 4, 5}, {1, 2, 3, 4, 6}),
                            pair_of({1, 7, 8, 9, 5}, {1, 7, 8, 9, 6})};
  const std::vector<Batch> batches = pack(pointers_to(groups), {}, {});
  EXPECT_EQ(batches[0].tokens.ids.numel(), 12);
  EXPECT_EQ(pack(pointers_to(groups), {.causal = false}, {})[0].tokens.ids.numel(), 20);
}

TEST(Pack, NumbersPositionsByWorkerPart) {
  std::vector<Group> groups;
  for (const int32_t length : {100, 300, 200, 400}) {
    groups.push_back(rating_of(std::vector<int32_t>(length, length), static_cast<float>(length)));
    groups.back().id = length;
  }
  const Batch batch = pack(pointers_to(groups), {}, {.workers = 2})[0];
  ASSERT_EQ(batch.tokens.worker_parts.size(), 2u);
  EXPECT_EQ(batch.tokens.worker_parts[0].token_end, 500);
  EXPECT_EQ(batch.tokens.worker_parts[1].token_begin, 500);
  EXPECT_EQ(batch.tokens.worker_parts[1].token_end, 1000);
  EXPECT_EQ(batch.tokens.worker_parts[1].span_begin, 2);
  EXPECT_EQ(batch.tokens.worker_parts[1].span_end, 4);
  std::vector<uint64_t> origins;
  for (const PositionOrigin& row : batch.origins) origins.push_back(row.group);
  EXPECT_THAT(origins, ElementsAre(100, 400, 300, 200));
  const auto& labels = std::get<PointwiseLabels>(batch.labels[0].labels);
  EXPECT_THAT(values_of<float>(labels.score), ElementsAre(100, 400, 300, 200));
  EXPECT_THAT(values_of<int64_t>(labels.positions), ElementsAre(0, 1, 2, 3));
}

TEST(Pack, LabelsReferToPositionsByIndex) {
  std::vector<Group> groups{rating_of({1}, 2, 1), pair_of({2}, {3}, 0), rating_of({4}, 3, 1),
                            pair_of({5}, {6}, 0)};
  groups[3].label = Preferences{{.better = 1, .worse = 0, .margin = 0.5, .weight = 2}};
  std::get<Ratings>(groups[2].label).weight = {0.25};
  const Batch batch = packed(groups, 100)[0];
  ASSERT_EQ(batch.labels.size(), 2u);
  EXPECT_EQ(batch.labels[0].source, 0);
  EXPECT_EQ(batch.labels[0].weight_sum, 3);
  const auto& pairs = std::get<PairwiseLabels>(batch.labels[0].labels);
  EXPECT_THAT(values_of<int64_t>(pairs.better), ElementsAre(1, 5));
  EXPECT_THAT(values_of<int64_t>(pairs.worse), ElementsAre(2, 4));
  EXPECT_THAT(values_of<float>(pairs.margin), ElementsAre(0, 0.5));
  EXPECT_THAT(values_of<float>(pairs.target), ElementsAre(1, 1));
  EXPECT_THAT(values_of<float>(pairs.weight), ElementsAre(1, 2));
  EXPECT_EQ(batch.labels[1].source, 1);
  EXPECT_EQ(batch.labels[1].weight_sum, 1.25);
  const auto& ratings = std::get<PointwiseLabels>(batch.labels[1].labels);
  EXPECT_THAT(values_of<int64_t>(ratings.positions), ElementsAre(0, 3));
  EXPECT_THAT(values_of<float>(ratings.score), ElementsAre(2, 3));
  EXPECT_THAT(values_of<float>(ratings.weight), ElementsAre(1, 0.25));
  EXPECT_THAT(ratings.score.sizes(), ElementsAre(2, 1));
}

TEST(Pack, KnowsTheOriginOfEveryPosition) {
  std::vector<Group> groups{pair_of({2}, {3}, 0), rating_of({4}, 3, 1)};
  groups[0].id = 70;
  groups[1].id = 80;
  const Batch batch = packed(groups, 100)[0];
  ASSERT_EQ(batch.origins.size(), 3u);
  EXPECT_EQ(batch.origins[1].group, 70u);
  EXPECT_EQ(batch.origins[1].response, 1);
  EXPECT_EQ(batch.origins[2].source, 1);
  EXPECT_EQ(batch.origins[2].group, 80u);
  EXPECT_EQ(batch.origins[2].response, 0);
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

TEST(Pack, LeavesOutTokensAfterTheLastPositionOfACausalModel) {
  Group group = rating_of({7, 8, 2, 2}, 1);  // the pad token 2 ends the text
  group.responses[0].positions = {{1, 2}};
  const Batch causal = packed({group}, 100)[0];
  EXPECT_THAT(values_of<int32_t>(causal.tokens.ids), ElementsAre(7, 8));
  EXPECT_EQ(computed_tokens(group, {}), 2);
  EXPECT_EQ(input_tokens(group), 4);
  const Batch whole = packed({group}, 100, {.causal = false})[0];
  EXPECT_THAT(values_of<int32_t>(whole.tokens.ids), ElementsAre(7, 8, 2, 2));
  EXPECT_THAT(values_of<int32_t>(whole.tokens.pool_begin), ElementsAre(1));
}

TEST(Pack, KeepsSeveralPositionsAndAttributes) {
  Group group = rating_of({7, 8, 9}, 1);
  group.responses[0].positions = {{0, 1}, {1, 3}};
  group.label = Ratings{.score = {1, 2, 3, 4}, .weight = {1, 0, 1, 1}};
  const Batch batch = packed({group}, 100)[0];
  const auto& labels = std::get<PointwiseLabels>(batch.labels[0].labels);
  EXPECT_THAT(values_of<int64_t>(labels.positions), ElementsAre(0, 1));
  EXPECT_THAT(labels.score.sizes(), ElementsAre(2, 2));
  EXPECT_EQ(batch.labels[0].weight_sum, 3);
  EXPECT_THAT(values_of<int32_t>(batch.tokens.pool_end), ElementsAre(1, 3));
  EXPECT_EQ(batch.origins[1].position, 1);
}

}  // namespace
}  // namespace laurel::pack_test
