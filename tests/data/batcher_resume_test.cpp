// Steps behind a checkpoint's place in the data, and places that are none.
#include <gmock/gmock.h>

#include <functional>
#include <stdexcept>

#include "data/batcher.h"
#include "tiny.h"

namespace laurel {
namespace {

using test::source_of;

// Ids of the groups of all steps that are left.
std::vector<std::vector<uint64_t>> rest_of(Batcher& batcher, int64_t steps) {
  std::vector<std::vector<uint64_t>> rest;
  for (int64_t step = 0; step < steps; ++step) {
    auto& ids = rest.emplace_back();
    for (const Group* group : batcher.next_step().members) {
      ids.push_back((static_cast<uint64_t>(group->source) << 32) | group->id);
    }
  }
  return rest;
}

TEST(Batcher, GoesOnBehindAnyStepAsIfItHadNeverStopped) {
  std::vector<SourceData> sources{source_of("a", 7), source_of("b", 4, 1), source_of("c", 5, 2)};
  for (SourceData& source : sources) source.options.share = 1 + source.options.name[0] % 3;
  sources[1].options.active = {.from = 0.3, .to = 0.8};
  SourceData& balanced = sources[2];
  balanced.options.slices = balanced.train.slice_fields = {"who"};
  balanced.train.slices = {{"rare"}, {"usual"}, {"usual"}, {"usual"}, {"usual"}};
  balanced.options.sampling = Sampling::balanced;
  balanced.options.balanced_by = "who";
  const BatchOptions options{.batch_size = 5};
  const RunLength length{.steps = 20, .slots = 100};
  Batcher whole(sources, options, {}, length);
  std::vector<DealState> states{{}};
  Batcher again(sources, options, {}, length);
  for (int step = 0; step < 20; ++step) states.push_back(again.next_step().after);
  const std::vector<std::vector<uint64_t>> expected = rest_of(whole, 20);
  for (int64_t step = 0; step <= 20; ++step) {
    EXPECT_EQ(states[step].step, step);
    Batcher resumed(sources, options, {}, length, 1, states[step]);
    const std::vector<std::vector<uint64_t>> rest(expected.begin() + step, expected.end());
    EXPECT_EQ(rest_of(resumed, 20 - step), rest) << "behind step " << step;
  }
}

TEST(Batcher, WhatIsBeingPackedIsNotCountedAsDealt) {
  const std::vector<SourceData> sources{source_of("a", 9)};
  Batcher batcher(sources, {.batch_size = 2}, {}, {.steps = 4, .slots = 8});
  const StepPlan first = batcher.next_step();
  batcher.next_step();
  EXPECT_EQ(first.after.slots, 2);
  EXPECT_EQ(first.after.sources[0].turn, 2);
  EXPECT_EQ(first.after.sources[0].parts[0], (EpochCursor{.epoch = 0, .position = 2}));
}

TEST(Batcher, APlaceInOtherDataIsRefused) {
  const std::vector<SourceData> sources{source_of("a", 9)};
  const auto starting = [&](const DealState& state) {
    return test::error_of(ErrorKind::checkpoint, [&] {
      Batcher batcher(sources, {.batch_size = 2}, {}, {.steps = 4, .slots = 8}, 1, state);
    });
  };
  const SourceCursor fits{.parts = {{.epoch = 0, .position = 2}}, .turn = 2, .taken = 2};
  const DealState good{.step = 1, .slots = 2, .dealt = 2, .sources = {fits}};
  EXPECT_EQ(starting(good), "no error");
  EXPECT_EQ(starting({}), "no error");  // nothing has been dealt
  const std::string numbers = "found numbers of these sources that do not come to 2 slots";
  const std::vector<std::pair<std::function<void(DealState&)>, std::string>> cases = {
      {[](DealState& s) { s.step = int64_t{1} << 53; },
       "found step 9007199254740992, expected 1 to 4; the checkpoint is damaged: take an older"},
      {[](DealState& s) { s.step = 5; }, "found step 5, expected 1 to 4"},
      {[](DealState& s) { s.step = 0; }, "found step 0, expected 1 to 4"},
      {[](DealState& s) { s.step = 2; }, "found 2 slots, expected 4 behind step 2"},
      {[](DealState& s) { s.slots = 8; }, "found 8 slots, expected 2 behind step 1"},
      {[](DealState& s) { s.slots = 0; }, "found 0 slots, expected 2 behind step 1"},
      {[](DealState& s) { s.sources.clear(); }, "found 0 sources, expected 1"},
      {[&](DealState& s) { s.sources.push_back(fits); }, "found 2 sources, expected 1"},
      {[](DealState& s) { s.dealt = 1; }, numbers},
      {[](DealState& s) { s.sources[0].taken = 1; }, numbers},
      {[](DealState& s) { s.sources[0].turn = 3; }, numbers},
      {[](DealState& s) { s.sources[0].parts[0].position = 10; }, numbers},
      {[](DealState& s) { s.sources[0].parts[0].epoch = 1; }, numbers},
      {[](DealState& s) { s.sources[0].parts.clear(); }, numbers},
      {[](DealState& s) { s.sources[0].turn = s.sources[0].parts[0].position = 3; }, numbers}};
  for (const auto& [change, message] : cases) {
    DealState state = good;
    change(state);
    EXPECT_THAT(starting(state), testing::HasSubstr(message));
  }
}

TEST(Batcher, ASourceThatOnlyEvaluatesHasNoPlaceInTheData) {
  const std::vector<SourceData> sources{source_of("a", 3), source_of("b", 0, 1)};
  const RunLength length{.steps = 2, .slots = 4};
  DealState state = Batcher(sources, {.batch_size = 2}, {}, length).next_step().after;
  Batcher(sources, {.batch_size = 2}, {}, length, 1, state).next_step();
  state.dealt = state.sources[0].taken = 1;
  state.sources[0].turn = state.sources[0].parts[0].position = 1;
  state.sources[1].turn = 1;  // of no groups
  EXPECT_THAT(
      test::error_of(ErrorKind::checkpoint,
                     [&] { Batcher batcher(sources, {.batch_size = 2}, {}, length, 1, state); }),
      testing::HasSubstr("numbers of these sources"));
}

TEST(Batcher, GoesOnBehindAShortLastStepAndInALongerRun) {
  const std::vector<SourceData> sources{source_of("a", 5)};
  const BatchOptions options{.batch_size = 3};
  const RunLength epochs = run_length(sources, 3, std::nullopt, 2.0);
  Batcher whole(sources, options, {}, epochs);
  DealState end;
  for (int step = 0; step < 4; ++step) end = whole.next_step().after;
  EXPECT_EQ(end.slots, 10);
  Batcher behind(sources, options, {}, epochs, 1, end);
  EXPECT_THROW(behind.next_step(), std::logic_error);  // and does not wait

  const RunLength two{.steps = 2, .slots = 6}, four{.steps = 4, .slots = 12};
  Batcher shorter(sources, options, {}, two), longer(sources, options, {}, four);
  DealState middle;
  for (int step = 0; step < 2; ++step) {
    middle = shorter.next_step().after;
    longer.next_step();
  }
  Batcher resumed(sources, options, {}, four, 1, middle);
  EXPECT_EQ(rest_of(resumed, 2), rest_of(longer, 2));
}

}  // namespace
}  // namespace laurel
