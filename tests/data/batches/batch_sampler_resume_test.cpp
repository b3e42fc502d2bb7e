// Resuming the batch sampler from its state, and states that are refused.
#include <gmock/gmock.h>

#include <functional>
#include <stdexcept>

#include "data/batches/batch_sampler.h"
#include "data/tiny.h"

namespace laurel::batch_sampler_resume_test {
namespace {

using test::source_of;

// Ids of the groups of all steps that are left.
std::vector<std::vector<uint64_t>> rest_of(BatchPrefetcher& batches, int64_t steps) {
  std::vector<std::vector<uint64_t>> rest;
  for (int64_t step = 0; step < steps; ++step) {
    auto& ids = rest.emplace_back();
    for (const Group* group : batches.next().global.groups) {
      ids.push_back((static_cast<uint64_t>(group->source) << 32) | group->id);
    }
  }
  return rest;
}

TEST(BatchPrefetcher, ResumingAfterAnyStepEqualsAnUninterruptedRun) {
  std::vector<SourceData> sources{source_of("a", 7), source_of("b", 4, 1), source_of("c", 5, 2)};
  for (SourceData& source : sources) source.options.share = 1 + source.options.name[0] % 3;
  sources[1].options.active = {.from = 0.3, .to = 0.8};
  SourceData& balanced = sources[2];
  balanced.options.slices = balanced.train.slice_fields = {"who"};
  balanced.train.slices = {{"rare"}, {"usual"}, {"usual"}, {"usual"}, {"usual"}};
  balanced.options.sampling = Sampling::balanced;
  balanced.options.balanced_by = "who";
  const BatchOptions options{.batch_size = 5};
  const RunLength length{.steps = 20, .groups = 100};
  BatchPrefetcher whole(sources, options, {}, length);
  std::vector<SamplerState> states{{}};
  BatchPrefetcher again(sources, options, {}, length);
  for (int step = 0; step < 20; ++step) states.push_back(again.next().global.after);
  const std::vector<std::vector<uint64_t>> expected = rest_of(whole, 20);
  for (int64_t step = 0; step <= 20; ++step) {
    EXPECT_EQ(states[step].step, step);
    BatchPrefetcher resumed(sources, options, {}, length, 1, states[step]);
    const std::vector<std::vector<uint64_t>> rest(expected.begin() + step, expected.end());
    EXPECT_EQ(rest_of(resumed, 20 - step), rest) << "behind step " << step;
  }
}

TEST(BatchPrefetcher, StateLeavesOutStepsThatAreOnlyPrefetched) {
  const std::vector<SourceData> sources{source_of("a", 9)};
  BatchPrefetcher batches(sources, {.batch_size = 2}, {}, {.steps = 4, .groups = 8});
  const GlobalBatch first = batches.next().global;
  batches.next();
  EXPECT_EQ(first.after.groups, 2);
  EXPECT_EQ(first.after.sources[0].total_taken, 2);
  EXPECT_EQ(first.after.sources[0].parts[0], (EpochCursor{.epoch = 0, .position = 2}));
}

TEST(BatchPrefetcher, RefusesTheStateOfOtherData) {
  const std::vector<SourceData> sources{source_of("a", 9)};
  const auto starting = [&](const SamplerState& state) {
    return test::error_of(ErrorKind::checkpoint, [&] {
      BatchPrefetcher batches(sources, {.batch_size = 2}, {}, {.steps = 4, .groups = 8}, 1, state);
    });
  };
  const SourceCursor fits{.parts = {{.epoch = 0, .position = 2}}, .total_taken = 2, .taken = 2};
  const SamplerState good{.step = 1, .groups = 2, .sampled = 2, .sources = {fits}};
  EXPECT_EQ(starting(good), "no error");
  EXPECT_EQ(starting({}), "no error");  // the run begins
  const std::string numbers = "found counts of the sources that do not add up to 2 groups";
  const std::vector<std::pair<std::function<void(SamplerState&)>, std::string>> cases = {
      {[](SamplerState& s) { s.step = int64_t{1} << 53; },
       "found step 9007199254740992, expected 1 to 4; the checkpoint is damaged"},
      {[](SamplerState& s) { s.step = 5; }, "found step 5, expected 1 to 4"},
      {[](SamplerState& s) { s.step = 0; }, "found step 0, expected 1 to 4"},
      {[](SamplerState& s) { s.step = 2; }, "found 2 groups, expected 4 after step 2"},
      {[](SamplerState& s) { s.groups = 8; }, "found 8 groups, expected 2 after step 1"},
      {[](SamplerState& s) { s.groups = 0; }, "found 0 groups, expected 2 after step 1"},
      {[](SamplerState& s) { s.sources.clear(); }, "found 0 sources, expected 1"},
      {[&](SamplerState& s) { s.sources.push_back(fits); }, "found 2 sources, expected 1"},
      {[](SamplerState& s) { s.sampled = 1; }, numbers},
      {[](SamplerState& s) { s.sources[0].taken = 1; }, numbers},
      {[](SamplerState& s) { s.sources[0].total_taken = 3; }, numbers},
      {[](SamplerState& s) { s.sources[0].parts[0].position = 10; }, numbers},
      {[](SamplerState& s) { s.sources[0].parts[0].epoch = 1; }, numbers},
      {[](SamplerState& s) { s.sources[0].parts.clear(); }, numbers},
      {[](SamplerState& s) { s.sources[0].total_taken = s.sources[0].parts[0].position = 3; },
       numbers}};
  for (const auto& [change, message] : cases) {
    SamplerState state = good;
    change(state);
    EXPECT_THAT(starting(state), testing::HasSubstr(message));
  }
}

TEST(BatchPrefetcher, SourcesWithoutTrainFilesHaveAnEmptyState) {
  const std::vector<SourceData> sources{source_of("a", 3), source_of("b", 0, 1)};
  const RunLength length{.steps = 2, .groups = 4};
  SamplerState state = BatchPrefetcher(sources, {.batch_size = 2}, {}, length).next().global.after;
  BatchPrefetcher(sources, {.batch_size = 2}, {}, length, 1, state).next();
  state.sampled = state.sources[0].taken = 1;
  state.sources[0].total_taken = state.sources[0].parts[0].position = 1;
  state.sources[1].total_taken = 1;  // of no groups
  EXPECT_THAT(
      test::error_of(
          ErrorKind::checkpoint,
          [&] { BatchPrefetcher batches(sources, {.batch_size = 2}, {}, length, 1, state); }),
      testing::HasSubstr("counts of the sources"));
}

TEST(BatchPrefetcher, ResumesAfterAShortLastStepAndInALongerRun) {
  const std::vector<SourceData> sources{source_of("a", 5)};
  const BatchOptions options{.batch_size = 3};
  const RunLength epochs = run_length(sources, 3, std::nullopt, 2.0);
  BatchPrefetcher whole(sources, options, {}, epochs);
  SamplerState end;
  for (int step = 0; step < 4; ++step) end = whole.next().global.after;
  EXPECT_EQ(end.groups, 10);
  BatchPrefetcher behind(sources, options, {}, epochs, 1, end);
  EXPECT_THAT([&] { behind.next(); },  // and does not wait
              testing::ThrowsMessage<std::logic_error>(testing::HasSubstr("no value left")));

  const RunLength two{.steps = 2, .groups = 6}, four{.steps = 4, .groups = 12};
  BatchPrefetcher shorter(sources, options, {}, two), longer(sources, options, {}, four);
  SamplerState middle;
  for (int step = 0; step < 2; ++step) {
    middle = shorter.next().global.after;
    longer.next();
  }
  BatchPrefetcher resumed(sources, options, {}, four, 1, middle);
  EXPECT_EQ(rest_of(resumed, 2), rest_of(longer, 2));
}

}  // namespace
}  // namespace laurel::batch_sampler_resume_test
