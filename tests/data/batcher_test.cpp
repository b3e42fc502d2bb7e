// Steps of a run: which groups, how many, and the counts that scale the loss.
#include "data/batcher.h"

#include <gmock/gmock.h>

#include <map>

#include "tiny.h"

namespace laurel {
namespace {

using test::pair_of;
using test::source_of;
using testing::ElementsAre;

// Ids of the groups of a step, by source.
std::map<SourceId, std::vector<uint64_t>> ids_of(const StepPlan& step) {
  std::map<SourceId, std::vector<uint64_t>> ids;
  for (const Batch& batch : step.batches) {
    for (const RowOrigin& row : batch.rows) ids[row.source].push_back(row.group);
  }
  return ids;
}

TEST(Batcher, RunsAcrossEpochBordersAndOnlyTheLastStepIsShort) {
  const std::vector<SourceData> sources{source_of("a", 5)};
  const BatchOptions options{.batch_size = 3, .shuffle = false};
  const RunLength length = run_length(sources, 3, std::nullopt, 2.0);
  ASSERT_EQ(length.steps, 4);
  Batcher batcher(sources, options, {}, length);
  EXPECT_THAT(ids_of(batcher.next_step())[0], ElementsAre(0, 1, 2));
  EXPECT_THAT(ids_of(batcher.next_step())[0], ElementsAre(3, 4, 0));
  EXPECT_THAT(ids_of(batcher.next_step())[0], ElementsAre(1, 2, 3));
  const StepPlan last = batcher.next_step();
  EXPECT_EQ(last.groups, 1);
  EXPECT_EQ(last.epoch, 2);
  EXPECT_THAT(ids_of(last)[0], ElementsAre(4));
}

TEST(Batcher, GivesBalancedSlicesTheSameNumberOfSlots) {
  std::vector<SourceData> sources{source_of("a", 4)};
  SourceData& source = sources[0];
  source.options.slices = source.train.slice_fields = {"who"};
  source.train.slices = {{"rare"}, {"usual"}, {"usual"}, {"usual"}};
  source.options.sampling = Sampling::balanced;
  source.options.balanced_by = "who";
  Batcher batcher(sources, {.batch_size = 4, .shuffle = false}, {}, {.steps = 2, .slots = 8});
  EXPECT_THAT(ids_of(batcher.next_step())[0], testing::UnorderedElementsAre(0, 1, 0, 2));
  EXPECT_THAT(ids_of(batcher.next_step())[0], testing::UnorderedElementsAre(0, 3, 0, 1));
}

TEST(Batcher, TakesEveryGroupExactlyOnceAnEpoch) {
  const std::vector<SourceData> sources{source_of("a", 11), source_of("b", 6, 1)};
  Batcher batcher(sources, {.batch_size = 4}, {}, run_length(sources, 4, std::nullopt, 3.0));
  std::map<std::pair<SourceId, uint64_t>, int> seen;
  int64_t slots = 0;
  for (int step = 0; step < 13; ++step) {
    const StepPlan plan = batcher.next_step();
    for (const auto& [source, ids] : ids_of(plan)) {
      for (const uint64_t id : ids) ++seen[{source, id}];
    }
    slots += plan.groups;
    if (slots == 17 || slots == 34) {
      for (const auto& [group, times] : seen) EXPECT_EQ(times, slots / 17);
    }
  }
  EXPECT_EQ(slots, 51);
  EXPECT_EQ(seen.size(), 17u);
  for (const auto& [group, times] : seen) EXPECT_EQ(times, 3);
}

TEST(Batcher, CountsSlotsUnitsRowsAndTokensOfTheWholeStep) {
  std::vector<SourceData> sources{source_of("a", 2), source_of("b", 2, 1)};
  Group pair = pair_of({1, 2, 3}, {4, 5}, 0);
  std::get<Preferences>(pair.judgement)[0].weight = 0.5;
  pair.responses[0].reads = {{1, 2}};  // its third token is not computed
  sources[0].train.groups = {pair, pair};
  std::get<Scores>(sources[1].train.groups[0].judgement).weight = {3};
  const BatchOptions options{.batch_size = 4, .tokens_per_micro_batch = 4, .shuffle = false};
  const StepPlan step = Batcher(sources, options, {}, {.steps = 1, .slots = 4}).next_step();
  EXPECT_THAT(step.slots, ElementsAre(2, 2));
  EXPECT_THAT(step.count, ElementsAre(1, 4));
  EXPECT_EQ(step.groups, 4);
  EXPECT_EQ(step.rows, 6);
  EXPECT_EQ(step.tokens, 12);
  EXPECT_EQ(step.unique_tokens, 10);
  EXPECT_EQ(step.epoch, 1);
  ASSERT_EQ(step.batches.size(), 4u);  // 4 1 4 1 tokens
  double weights = 0;
  for (const Batch& batch : step.batches) weights += batch.judged[0].weight_sum;
  EXPECT_EQ(weights, 5);
}

TEST(Batcher, CountsDoNotDependOnTheMicroBatches) {
  const std::vector<SourceData> sources{source_of("a", 30), source_of("b", 10, 1)};
  const auto step_with = [&](int64_t tokens) {
    const BatchOptions options{.batch_size = 16, .tokens_per_micro_batch = tokens};
    return Batcher(sources, options, {}, {.steps = 1, .slots = 16}).next_step();
  };
  const StepPlan one = step_with(1000), many = step_with(3);
  EXPECT_EQ(one.batches.size(), 1u);
  EXPECT_EQ(many.batches.size(), 6u);
  EXPECT_EQ(one.count, many.count);
  EXPECT_EQ(one.slots, many.slots);
  EXPECT_EQ(ids_of(one), ids_of(many));
}

TEST(Batcher, DealsTheSameGroupsWhetherOrNotPromptsAreShared) {
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
    return Batcher(sources, options, {}, {.steps = 1, .slots = 8}).next_step();
  };
  const StepPlan apart = run(false), together = run(true);
  const auto sorted = [](const StepPlan& plan) {
    std::vector<uint64_t> ids = ids_of(plan)[0];
    std::ranges::sort(ids);
    return ids;
  };
  EXPECT_EQ(sorted(apart), sorted(together));
  EXPECT_EQ(apart.count, together.count);
  EXPECT_EQ(apart.slots, together.slots);
  EXPECT_EQ(apart.groups, together.groups);
  EXPECT_EQ(apart.rows, together.rows);
  EXPECT_EQ(apart.tokens, together.tokens);
  EXPECT_EQ(apart.unique_tokens, 8 * (4 + 2));
  EXPECT_EQ(together.unique_tokens, 3 * 4 + 8 * 2);
}

TEST(Batcher, LeavesAloneSourcesThatAreOnlyEvaluated) {
  const std::vector<SourceData> sources{source_of("a", 0), source_of("b", 3, 1)};
  Batcher batcher(sources, {.batch_size = 2}, {}, {.steps = 2, .slots = 4});
  EXPECT_THAT(batcher.next_step().slots, ElementsAre(0, 2));
  EXPECT_THAT(batcher.next_step().slots, ElementsAre(0, 2));
}

TEST(Batcher, FollowsSharesAndPhases) {
  std::vector<SourceData> sources{source_of("a", 3), source_of("b", 40, 1)};
  sources[0].options.share = 3;
  sources[1].options.share = 1;
  sources[1].options.active.from = 0.5;
  Batcher batcher(sources, {.batch_size = 8}, {}, {.steps = 5, .slots = 40});
  EXPECT_THAT(batcher.next_step().slots, ElementsAre(8, 0));
  EXPECT_THAT(batcher.next_step().slots, ElementsAre(8, 0));  // floor(0.5 * 5) = 2
  for (int step = 2; step < 5; ++step) EXPECT_THAT(batcher.next_step().slots, ElementsAre(6, 2));
}

TEST(Batcher, DealsTheSameRunFromTheSameSeed) {
  const std::vector<SourceData> sources{source_of("a", 30)};
  const auto run = [&](int64_t seed) {
    Batcher batcher(sources, {.batch_size = 8, .seed = seed}, {}, {.steps = 3, .slots = 24});
    std::vector<uint64_t> ids;
    for (int step = 0; step < 3; ++step) {
      const std::vector<uint64_t> of_step = ids_of(batcher.next_step())[0];
      ids.insert(ids.end(), of_step.begin(), of_step.end());
    }
    return ids;
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

TEST(Batcher, PacksAheadWhatThePlannerPacksStepByStep) {
  const std::vector<SourceData> sources{source_of("a", 30), source_of("b", 10, 1)};
  const BatchOptions options{.batch_size = 8, .tokens_per_micro_batch = 3};
  const RunLength length = run_length(sources, 8, std::nullopt, 3.0);
  StepPlanner planner(sources, options, {}, length, 1);
  Batcher batcher(sources, options, {}, length);
  for (int64_t step = 0; step < length.steps; ++step) {
    const StepPlan expected = planner.next_step(), found = batcher.next_step();
    EXPECT_EQ(ids_of(found), ids_of(expected));
    EXPECT_EQ(found.count, expected.count);
    EXPECT_EQ(found.epoch, expected.epoch);
    EXPECT_EQ(found.batches.size(), expected.batches.size());
    EXPECT_GE(found.wait_seconds, 0);
  }
}

}  // namespace
}  // namespace laurel
