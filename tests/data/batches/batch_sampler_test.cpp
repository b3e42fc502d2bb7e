// Steps of a run: which groups, how many, and the counts that scale the loss.
#include "data/batches/batch_sampler.h"

#include <gmock/gmock.h>

#include <map>

#include "data/tiny.h"

namespace laurel::batch_sampler_test {
namespace {

using test::pair_of;
using test::source_of;
using testing::ElementsAre;

// Ids of the groups of a step, by source.
std::map<SourceId, std::vector<uint64_t>> ids_of(const PackedBatch& step) {
  std::map<SourceId, std::vector<uint64_t>> ids;
  for (const Batch& batch : step.batches) {
    for (const PositionOrigin& origin : batch.origins) ids[origin.source].push_back(origin.group);
  }
  return ids;
}

TEST(BatchPrefetcher, StepsCrossEpochsAndOnlyTheLastStepIsShort) {
  const std::vector<SourceData> sources{source_of("a", 5)};
  const BatchOptions options{.batch_size = 3, .shuffle = false};
  const RunLength length = run_length(sources, 3, std::nullopt, 2.0);
  ASSERT_EQ(length.steps, 4);
  BatchPrefetcher batches(sources, options, {}, length);
  EXPECT_THAT(ids_of(batches.next())[0], ElementsAre(0, 1, 2));
  EXPECT_THAT(ids_of(batches.next())[0], ElementsAre(3, 4, 0));
  EXPECT_THAT(ids_of(batches.next())[0], ElementsAre(1, 2, 3));
  const PackedBatch last = batches.next();
  EXPECT_EQ(last.global.groups.size(), 1u);
  EXPECT_EQ(last.global.epoch, 2);
  EXPECT_THAT(ids_of(last)[0], ElementsAre(4));
}

TEST(BatchPrefetcher, GivesEachBalancedSliceTheSameNumberOfGroups) {
  std::vector<SourceData> sources{source_of("a", 4)};
  SourceData& source = sources[0];
  source.options.slices = source.train.slice_fields = {"who"};
  source.train.slices = {{"rare"}, {"usual"}, {"usual"}, {"usual"}};
  source.options.sampling = Sampling::balanced;
  source.options.balanced_by = "who";
  BatchPrefetcher batches(sources, {.batch_size = 4, .shuffle = false}, {},
                          {.steps = 2, .groups = 8});
  EXPECT_THAT(ids_of(batches.next())[0], testing::UnorderedElementsAre(0, 1, 0, 2));
  EXPECT_THAT(ids_of(batches.next())[0], testing::UnorderedElementsAre(0, 3, 0, 1));
}

TEST(BatchPrefetcher, TakesEveryGroupExactlyOnceAnEpoch) {
  const std::vector<SourceData> sources{source_of("a", 11), source_of("b", 6, 1)};
  BatchPrefetcher batches(sources, {.batch_size = 4}, {},
                          run_length(sources, 4, std::nullopt, 3.0));
  std::map<std::pair<SourceId, uint64_t>, int> seen;
  int64_t groups = 0;
  for (int step = 0; step < 13; ++step) {
    const PackedBatch plan = batches.next();
    for (const auto& [source, ids] : ids_of(plan)) {
      for (const uint64_t id : ids) ++seen[{source, id}];
    }
    groups += std::ssize(plan.global.groups);
    if (groups == 17 || groups == 34) {
      for (const auto& [group, times] : seen) EXPECT_EQ(times, groups / 17);
    }
  }
  EXPECT_EQ(groups, 51);
  EXPECT_EQ(seen.size(), 17u);
  for (const auto& [group, times] : seen) EXPECT_EQ(times, 3);
}

TEST(BatchPrefetcher, CountsGroupsWeightsPositionsAndTokensOfTheWholeStep) {
  std::vector<SourceData> sources{source_of("a", 2), source_of("b", 2, 1)};
  Group pair = pair_of({1, 2, 3}, {4, 5}, 0);
  std::get<Preferences>(pair.label)[0].weight = 0.5;
  pair.responses[0].positions = {{1, 2}};  // its third token is not computed
  sources[0].train.groups = {pair, pair};
  test::set_weight(sources[1].train, 0, 3);
  const BatchOptions options{.batch_size = 4, .tokens_per_micro_batch = 4, .shuffle = false};
  const PackedBatch step = BatchPrefetcher(sources, options, {}, {.steps = 1, .groups = 4}).next();
  EXPECT_THAT(step.global.groups_of, ElementsAre(2, 2));
  EXPECT_THAT(step.global.count, ElementsAre(1, 4));
  EXPECT_EQ(step.global.groups.size(), 4u);
  EXPECT_EQ(step.global.scored_positions, 6);
  EXPECT_EQ(step.global.tokens, 12);
  EXPECT_EQ(step.computed_tokens, 10);
  EXPECT_EQ(step.global.epoch, 1);
  ASSERT_EQ(step.batches.size(), 4u);  // 4 1 4 1 tokens
  double weights = 0;
  for (const Batch& batch : step.batches) weights += batch.labels[0].weight_sum;
  EXPECT_EQ(weights, 5);
}

TEST(BatchPrefetcher, CountsDoNotDependOnTheMicroBatches) {
  const std::vector<SourceData> sources{source_of("a", 30), source_of("b", 10, 1)};
  const auto step_with = [&](int64_t tokens) {
    const BatchOptions options{.batch_size = 16, .tokens_per_micro_batch = tokens};
    return BatchPrefetcher(sources, options, {}, {.steps = 1, .groups = 16}).next();
  };
  const PackedBatch one = step_with(1000), many = step_with(3);
  EXPECT_EQ(one.batches.size(), 1u);
  EXPECT_EQ(many.batches.size(), 6u);
  EXPECT_EQ(one.global.count, many.global.count);
  EXPECT_EQ(one.global.groups_of, many.global.groups_of);
  EXPECT_EQ(ids_of(one), ids_of(many));
}

TEST(BatchPrefetcher, SamplesTheSameGroupsWithAndWithoutPromptSharing) {
  std::vector<SourceData> sources{source_of("a", 0)};
  for (uint64_t i = 0; i < 40; ++i) {
    const auto prompt = static_cast<int32_t>(i % 3), answer = static_cast<int32_t>(100 + i);
    Group pair = pair_of({prompt, 1, 2, 3, answer}, {prompt, 1, 2, 3, answer + 100});
    pair.id = i;
    pair.prompt_hash = i % 3;
    sources[0].train.groups.push_back(pair);
  }
  const auto run = [&](bool by_prompt) {
    const BatchOptions options{.batch_size = 8, .group_by_prompt = by_prompt};
    return BatchPrefetcher(sources, options, {}, {.steps = 1, .groups = 8}).next();
  };
  const PackedBatch apart = run(false), together = run(true);
  const auto sorted = [](const PackedBatch& plan) {
    std::vector<uint64_t> ids = ids_of(plan)[0];
    std::ranges::sort(ids);
    return ids;
  };
  EXPECT_EQ(sorted(apart), sorted(together));
  EXPECT_EQ(apart.global.count, together.global.count);
  EXPECT_EQ(apart.global.groups_of, together.global.groups_of);
  EXPECT_EQ(apart.global.groups.size(), together.global.groups.size());
  EXPECT_EQ(apart.global.scored_positions, together.global.scored_positions);
  EXPECT_EQ(apart.global.tokens, together.global.tokens);
  EXPECT_EQ(apart.computed_tokens, 8 * (4 + 2));
  EXPECT_EQ(together.computed_tokens, 3 * 4 + 8 * 2);
}

TEST(BatchPrefetcher, SamplesNothingFromSourcesThatAreOnlyEvaluated) {
  const std::vector<SourceData> sources{source_of("a", 0), source_of("b", 3, 1)};
  BatchPrefetcher batches(sources, {.batch_size = 2}, {}, {.steps = 2, .groups = 4});
  EXPECT_THAT(batches.next().global.groups_of, ElementsAre(0, 2));
  EXPECT_THAT(batches.next().global.groups_of, ElementsAre(0, 2));
}

TEST(BatchPrefetcher, FollowsSharesAndPhases) {
  std::vector<SourceData> sources{source_of("a", 3), source_of("b", 40, 1)};
  sources[0].options.share = 3;
  sources[1].options.share = 1;
  sources[1].options.active.from = 0.5;
  BatchPrefetcher batches(sources, {.batch_size = 8}, {}, {.steps = 5, .groups = 40});
  EXPECT_THAT(batches.next().global.groups_of, ElementsAre(8, 0));
  EXPECT_THAT(batches.next().global.groups_of, ElementsAre(8, 0));  // floor(0.5 * 5) = 2
  for (int step = 2; step < 5; ++step)
    EXPECT_THAT(batches.next().global.groups_of, ElementsAre(6, 2));
}

TEST(BatchPrefetcher, TheSameSeedGivesTheSameGroups) {
  const std::vector<SourceData> sources{source_of("a", 30)};
  const auto run = [&](int64_t seed) {
    BatchPrefetcher batches(sources, {.batch_size = 8, .seed = seed}, {},
                            {.steps = 3, .groups = 24});
    std::vector<uint64_t> ids;
    for (int step = 0; step < 3; ++step) {
      const std::vector<uint64_t> of_step = ids_of(batches.next())[0];
      ids.insert(ids.end(), of_step.begin(), of_step.end());
    }
    return ids;
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

TEST(BatchPrefetcher, ReturnsTheStepsOfTheBatchSamplerPacked) {
  const std::vector<SourceData> sources{source_of("a", 30), source_of("b", 10, 1)};
  const BatchOptions options{.batch_size = 8, .tokens_per_micro_batch = 3};
  const RunLength length = run_length(sources, 8, std::nullopt, 3.0);
  BatchSampler sampler(sources, options, length);
  BatchPrefetcher batches(sources, options, {}, length);
  for (int64_t step = 0; step < length.steps; ++step) {
    const GlobalBatch expected = sampler.next();
    const PackedBatch found = batches.next();
    EXPECT_EQ(found.global.groups, expected.groups);
    EXPECT_EQ(found.global.count, expected.count);
    EXPECT_EQ(found.global.epoch, expected.epoch);
    const PackedBatch packed{.global = expected,
                             .batches = pack(expected.groups, {}, {.tokens_per_micro_batch = 3})};
    EXPECT_EQ(ids_of(found), ids_of(packed));
    EXPECT_EQ(found.batches.size(), packed.batches.size());
    EXPECT_GE(found.wait_seconds, 0);
  }
}

}  // namespace
}  // namespace laurel::batch_sampler_test
