// Slots, steps and epochs worked by hand.
#include "data/batches/sampler.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/option_reader.h"
#include "core/option_writer.h"
#include "data/tiny.h"

namespace laurel::sampler_test {
namespace {

using test::error_of;
using test::source_of;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr StepRange kAlways{0, 1000};

std::string sampled(SourceSampler& sampler, int groups, int64_t step = 0) {
  std::string sources;
  for (int i = 0; i < groups; ++i) sources += static_cast<char>('A' + sampler.next(step));
  return sources;
}

TEST(SamplerState, IsReadAsItIsWritten) {
  const SamplerState state{
      .step = 3,
      .groups = 12,
      .sampled = 4,
      .sources = {{.parts = {{.epoch = 1, .position = 2}}, .total_taken = 7, .taken = 4}}};
  Json json = options_to_json(state);
  EXPECT_EQ(json.dump(),
            R"({"step":3,"groups":12,"sampled":4,"sources":[{"total_taken":7,"taken":4,)"
            R"("parts":[{"epoch":1,"position":2}]}],"short_by":null})");
  const auto read = [&] { return read_file_json<SamplerState>(json, "it", ErrorKind::checkpoint); };
  EXPECT_EQ(read(), state);
  json["step"] = -1;
  json["sources"][0]["taken"] = (int64_t{1} << 53) + 2;
  EXPECT_EQ(error_of(ErrorKind::checkpoint, read),
            "it: 2 problems\n"
            "  step: found -1, expected at least 0\n"
            "  sources[0].taken: found 9007199254740994, expected at most 9007199254740992");
}

TEST(SourceSampler, PicksTheSourceWithTheLargestCredit) {
  // credits before each slot: (0, 0) (-.25, .25) (.5, -.5) (.25, -.25) (0, 0)
  SourceSampler quarters({0.75, 0.25}, {kAlways, kAlways}, 10);
  EXPECT_EQ(sampled(quarters, 8), "ABAAABAA");
  // a tie goes to the first of the config
  SourceSampler halves({1, 1}, {kAlways, kAlways}, 10);
  EXPECT_EQ(sampled(halves, 6), "ABABAB");
  // credits: 0 0 0; -.5 .25 .25; 0 -.5 .5; .5 -.25 -.25
  SourceSampler three({2, 1, 1}, {kAlways, kAlways, kAlways}, 10);
  EXPECT_EQ(sampled(three, 8), "ABCAABCA");
}

TEST(SourceSampler, NeverPicksASourceWithShareZero) {
  SourceSampler sampler({0, 1, 0}, {kAlways, kAlways, kAlways}, 10);
  EXPECT_EQ(sampled(sampler, 3), "BBB");
}

TEST(SourceSampler, KeepsProportionsOverAnyStretch) {
  const std::vector<double> shares{0.5, 0.3, 0.2};
  SourceSampler sampler(shares, {kAlways, kAlways, kAlways}, 1000);
  std::vector<std::vector<double>> taken{{0, 0, 0}};  // after every slot
  for (int i = 0; i < 1000; ++i) {
    taken.push_back(taken.back());
    taken.back()[sampler.next(i / 8)] += 1;
  }
  for (size_t from = 0; from < taken.size(); from += 7) {
    for (size_t to = from; to < taken.size(); to += 13) {
      for (size_t s = 0; s < shares.size(); ++s) {
        const double groups = taken[to][s] - taken[from][s];
        EXPECT_LT(std::abs(groups - shares[s] * static_cast<double>(to - from)), 2);
      }
    }
  }
}

TEST(SourceSampler, TakesEveryGroupOnceAnEpochWhereSharesAreNumbersOfGroups) {
  const std::vector<double> groups{7, 1, 13, 4};
  SourceSampler sampler(groups, {kAlways, kAlways, kAlways, kAlways}, 10);
  for (int epoch = 0; epoch < 3; ++epoch) {
    std::vector<double> taken(4);
    for (int i = 0; i < 25; ++i) taken[sampler.next(0)] += 1;
    EXPECT_EQ(taken, groups);
  }
}

TEST(SourceSampler, RestartsItsCountsWhenTheSetOfActiveSourcesChanges) {
  SourceSampler sampler({1, 1, 2}, {{0, 4}, {2, 6}, {4, 6}}, 6);
  EXPECT_EQ(sampled(sampler, 3, 0), "AAA");
  EXPECT_EQ(sampled(sampler, 3, 1), "AAA");
  EXPECT_EQ(sampled(sampler, 3, 2), "ABA");  // A's head start is forgotten
  EXPECT_EQ(sampled(sampler, 3, 3), "BAB");  // and the count goes on within the phase
  EXPECT_EQ(sampled(sampler, 3, 4), "BCC");  // B 1/3, C 2/3
}

TEST(SourceSampler, RefusesAStepWithoutActiveSource) {
  EXPECT_EQ(error_of(ErrorKind::usage,
                     [] {
                       SourceSampler({1, 1}, {{0, 2}, {3, 5}}, 5);
                     }),
            "sources: found no source with training rows that is active at step 2 of 5, expected "
            "one at every step (active.from, active.to)");
  EXPECT_THAT(error_of(ErrorKind::usage,
                       [] {
                         SourceSampler({1}, {{1, 5}}, 5);
                       }),
              HasSubstr("active at step 0 of 5"));
  EXPECT_THAT(error_of(ErrorKind::usage,
                       [] {
                         SourceSampler({0}, {{0, 5}}, 5);
                       }),
              HasSubstr("active at step 0 of 5"));
}

TEST(ActiveSteps, RoundDownWhatIsWritten) {
  const auto steps_of = [](Active active, int64_t steps) {
    const StepRange range = active_steps(active, steps);
    return std::pair(range.from, range.to);
  };
  EXPECT_EQ(steps_of({0, 1}, 7), std::pair(int64_t{0}, int64_t{7}));
  EXPECT_EQ(steps_of({0, 0.5}, 7), std::pair(int64_t{0}, int64_t{3}));
  EXPECT_EQ(steps_of({0.5, 1}, 7), std::pair(int64_t{3}, int64_t{7}));
  EXPECT_EQ(steps_of({0.29, 0.57}, 100), std::pair(int64_t{29}, int64_t{57}));
}

TEST(RunLength, FollowsFromEpochsOrSteps) {
  const std::vector<SourceData> sources{source_of("a", 10), source_of("b", 5, 1)};
  const auto length = [&](std::optional<int64_t> steps, std::optional<double> epochs) {
    const RunLength length = run_length(sources, 4, steps, epochs);
    return std::pair(length.steps, length.groups);
  };
  using Pair = std::pair<int64_t, int64_t>;
  EXPECT_EQ(length({}, 1.0), Pair(4, 15));
  EXPECT_EQ(length({}, 3.0), Pair(12, 45));
  EXPECT_EQ(length({}, 0.5), Pair(2, 8));
  EXPECT_EQ(length(6, {}), Pair(6, 24));
}

TEST(RunLength, RefusesWhatItCannotFollowFrom) {
  std::vector<SourceData> sources{source_of("a", 10)};
  const auto message = [&](std::optional<int64_t> steps, std::optional<double> epochs) {
    return error_of(ErrorKind::usage, [&] { run_length(sources, 4, steps, epochs); });
  };
  EXPECT_EQ(message(1, 1.0), "train: found both steps and epochs, expected one of them");
  EXPECT_EQ(message({}, {}), "train: found neither steps and epochs, expected one of them");
  sources[0].options.share = 1;
  EXPECT_EQ(
      message({}, 1.0),
      "train.epochs: found together with sources.a.share, expected train.steps: an epoch of sources "
      "that are not sampled uniformly is not defined");
  sources[0].options.share.reset();
  sources[0].options.active.from = 0.5;
  EXPECT_THAT(message({}, 1.0),
              HasSubstr("found together with sources.a.active, expected train.steps"));
  sources[0].options.active = {};
  sources[0].options.sampling = Sampling::balanced;
  EXPECT_THAT(message({}, 1.0),
              HasSubstr("found together with sources.a.sampling, expected train.steps"));
  sources[0].train.groups.clear();
  EXPECT_EQ(message(1, {}), "sources: found no training rows, expected a source with train");
}

std::vector<int64_t> first_numbers(int64_t n) {
  std::vector<int64_t> numbers(static_cast<size_t>(n));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

TEST(EpochSampler, TakesEveryGroupOnceAnEpochInANewOrder) {
  EpochSampler order(first_numbers(20), 0, true, 1);
  std::vector<int64_t> first, second, all(20);
  for (int i = 0; i < 20; ++i) first.push_back(order.next());
  for (int i = 0; i < 20; ++i) second.push_back(order.next());
  std::iota(all.begin(), all.end(), 0);
  EXPECT_NE(first, all);
  EXPECT_NE(first, second);
  std::ranges::sort(first);
  std::ranges::sort(second);
  EXPECT_EQ(first, all);
  EXPECT_EQ(second, all);
}

TEST(GroupSampler, DependsOnSeedAndSourceAlone) {
  const auto first_ten = [](SourceId source, int64_t seed) {
    GroupSampler order({first_numbers(50)}, source, true, seed);
    std::vector<int64_t> groups;
    for (int i = 0; i < 10; ++i) groups.push_back(order.next());
    return groups;
  };
  EXPECT_EQ(first_ten(0, 1), first_ten(0, 1));
  EXPECT_NE(first_ten(0, 1), first_ten(0, 2));
  EXPECT_NE(first_ten(0, 1), first_ten(1, 1));
}

TEST(EpochSampler, IsTheOrderOfTheFilesWithoutShuffling) {
  EpochSampler order({0, 1}, 0, false, 1);
  EXPECT_EQ(order.next(), 0);
  EXPECT_EQ(order.next(), 1);
  EXPECT_EQ(order.next(), 0);
}

TEST(GroupSampler, AlternatesBetweenPartsThatEachHaveTheirOwnEpochs) {
  GroupSampler order({{0, 1, 2}, {7}}, 0, false, 1);
  std::vector<int64_t> groups;
  for (int i = 0; i < 8; ++i) groups.push_back(order.next());
  EXPECT_THAT(groups, ElementsAre(0, 7, 1, 7, 2, 7, 0, 7));
}

TEST(GroupSampler, ShufflesPartsDifferently) {
  GroupSampler order({first_numbers(30), first_numbers(30)}, 0, true, 1);
  std::vector<int64_t> first, second;
  for (int i = 0; i < 30; ++i) {
    first.push_back(order.next());
    second.push_back(order.next());
  }
  EXPECT_NE(first, second);
  std::ranges::sort(first);
  EXPECT_EQ(first, first_numbers(30));
}

}  // namespace
}  // namespace laurel::sampler_test
