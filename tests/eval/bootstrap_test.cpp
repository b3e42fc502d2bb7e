// Intervals against a numpy bootstrap of 20,000 draws (oracle.py), and against known theory.
#include "eval/bootstrap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <vector>

#include "core/random.h"
#include "eval/synthetic_outcomes.h"

namespace laurel::bootstrap_test {
namespace {

using Intervals = std::vector<std::optional<Interval>>;

constexpr BootstrapOptions kManyDraws{.draws = 20000};

std::vector<Origin> rows_of_one_prompt(size_t n) {
  std::vector<Origin> origins;
  for (uint64_t i = 0; i < n; ++i) origins.push_back({.prompt = 7, .responses = {i, i}});
  return origins;
}

void expect_intervals(const Intervals& found, const std::vector<Interval>& expected,
                      double tolerance) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    ASSERT_TRUE(found[i].has_value()) << "metric " << i;
    const double allowed = tolerance * (expected[i].high - expected[i].low);
    EXPECT_NEAR(found[i]->low, expected[i].low, allowed) << "metric " << i;
    EXPECT_NEAR(found[i]->high, expected[i].high, allowed) << "metric " << i;
  }
}

const std::vector<Interval> kRatingsByRow{
    {0.05125425781250001, 0.07088564453124997}, {0.18375, 0.22256250000000002},
    {0.4182617086047143, 0.5911840981384171},   {0.7262186965124376, 0.8110376853762334},
    {0.7213408613157952, 0.8113246929842347},   {0.1097484375, 0.13871128906250002}};

TEST(Bootstrap, OfRowsAgreesWithNumpy) {
  const auto origins = rows_of_one_prompt(200);
  const Resampling rows = choose_resampling(origins);
  EXPECT_EQ(rows.unit, ResampleUnit::row);
  EXPECT_EQ(rows.units, 200);
  expect_intervals(bootstrap(rows, rating_metrics(ratings(200)).values, kManyDraws), kRatingsByRow,
                   0.02);
  expect_intervals(bootstrap(rows, rating_metrics(ratings(200)).values), kRatingsByRow, 0.08);
}

TEST(Bootstrap, OfPairsAgreesWithNumpy) {
  const auto intervals = bootstrap(choose_resampling(rows_of_one_prompt(240)),
                                   pair_metrics(pairs(240)).values, kManyDraws);
  expect_intervals(intervals,
                   {{0.49375, 0.6166666666666667},
                    {0.029166666666666667, 0.08333333333333333},
                    {0.4959341263494602, 0.6590951178451174},
                    {0.43577981651376146, 0.6203703703703703},
                    {0.49130935958912214, 0.6154609161055331},
                    {0.49583333333333335, 0.6208333333333333},
                    {0.8393187492478783, 1.0947337819287999},
                    {0.0020833333333333333, 0.5166666666666667},
                    {0.277826987968114, 0.3603596029957494},
                    {0.19877701119543512, 0.31377650792308953}},
                   0.05);
}

TEST(Bootstrap, OfResponsesWeighsAPairByTheProductOfItsDraws) {
  const auto origins = origins_of_responses(240, 40);
  const Resampling responses = choose_resampling(origins);
  EXPECT_EQ(responses.unit, ResampleUnit::response);
  EXPECT_EQ(responses.units, 40);
  expect_intervals(bootstrap(responses, pair_metrics(pairs(240)).values, kManyDraws),
                   {{0.48484848484848486, 0.6226851851851852},
                    {0.010101010101010102, 0.12121212121212122},
                    {0.460431654676259, 0.6904761904761905},
                    {0.39361266131845135, 0.6515151515151515},
                    {0.48076886772664346, 0.6198116477309445},
                    {0.49224806201550386, 0.6190476190476191},
                    {0.8492449813445346, 1.0728964769839042},
                    {0.09626160477453581, 0.4197916666666667},
                    {0.2823555823012588, 0.3543843924611245},
                    {0.20473807118200202, 0.3525014631847672}},
                   0.03);
}

TEST(Bootstrap, DrawsPromptsWhereThereAreThirty) {
  std::vector<Origin> origins;
  for (uint64_t i = 0; i < 90; ++i) origins.push_back({.prompt = i / 3, .responses = {i, i + 1}});
  EXPECT_EQ(choose_resampling(origins).unit, ResampleUnit::prompt);
  EXPECT_EQ(choose_resampling(origins).units, 30);
  EXPECT_EQ(choose_resampling(std::span(origins).first(87)).unit, ResampleUnit::response);
}

TEST(Bootstrap, DrawsRowsWhereNoResponseIsLabelledTwice) {
  std::vector<Origin> origins;
  for (uint64_t i = 0; i < 100; ++i) {
    origins.push_back({.prompt = i % 29, .responses = {2 * i, 2 * i + 1}});
  }
  EXPECT_EQ(choose_resampling(origins).unit, ResampleUnit::row);
  EXPECT_EQ(choose_resampling(origins).units, 100);
}

TEST(Bootstrap, DrawsCopiesOfARowAsOne) {
  std::vector<Origin> origins;
  for (uint64_t i = 0; i < 72; ++i) {
    origins.push_back({.prompt = i % 12, .responses = {2 * (i % 12), 2 * (i % 12) + 1}});
  }
  const Resampling rows = choose_resampling(origins);
  EXPECT_EQ(rows.unit, ResampleUnit::row);
  EXPECT_EQ(rows.units, 12);
  EXPECT_EQ(rows.members[0], rows.members[60]);
}

TEST(Bootstrap, DrawsRowsWhereThereAreFewResponses) {
  EXPECT_EQ(choose_resampling(origins_of_responses(200, 29)).unit, ResampleUnit::row);
}

// Ten identical rows a prompt carry no more than one row: the interval must not shrink.
TEST(Bootstrap, OfPromptsIsAsWideAsThatOfOneRowAPrompt) {
  std::vector<RatingOutcome> tenfold;
  std::vector<Origin> of_tenfold, of_single;
  for (uint64_t p = 0; p < 60; ++p) {
    of_single.push_back({.prompt = p, .responses = {p, p}});
    for (uint64_t i = 0; i < 10; ++i) {
      tenfold.push_back(ratings(60)[p]);
      of_tenfold.push_back({.prompt = p, .responses = {10 * p + i, 10 * p + i}});
    }
  }
  const auto single = bootstrap(choose_resampling(of_single), rating_metrics(ratings(60)).values);
  const auto many = bootstrap(choose_resampling(of_tenfold), rating_metrics(tenfold).values);
  for (size_t i = 0; i < single.size(); ++i) {
    EXPECT_NEAR(many[i]->low, single[i]->low, 1e-12);
    EXPECT_NEAR(many[i]->high, single[i]->high, 1e-12);
  }
}

// 95 % intervals of an accuracy of 0.7 from 400 pairs: about 95 of 100 should hold 0.7.
TEST(Bootstrap, CoversTheTruthAboutAsOftenAsItSays) {
  Random random(42);
  int covered = 0;
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<PairOutcome> outcomes;
    for (int i = 0; i < 400; ++i) {
      const bool won = random.uniform() < 0.7;
      outcomes.push_back({.better = won ? 1.0 : 0.0, .worse = won ? 0.0 : 1.0});
    }
    const auto interval = bootstrap(choose_resampling(rows_of_one_prompt(400)),
                                    pair_metrics(outcomes).values, {.draws = 400})[0];
    covered += interval->low <= 0.7 && 0.7 <= interval->high;
  }
  EXPECT_GE(covered, 180);
  EXPECT_LE(covered, 199);
}

TEST(Bootstrap, OfTheSameSeedIsTheSame) {
  const Resampling rows = choose_resampling(rows_of_one_prompt(50));
  const auto first = bootstrap(rows, rating_metrics(ratings(50)).values);
  const auto second = bootstrap(rows, rating_metrics(ratings(50)).values);
  const auto other = bootstrap(rows, rating_metrics(ratings(50)).values, {.seed = 2});
  EXPECT_EQ(first[0]->low, second[0]->low);
  EXPECT_EQ(first[0]->high, second[0]->high);
  EXPECT_NE(first[0]->low, other[0]->low);
}

TEST(Bootstrap, OfNothingOrOneUnitHasNoInterval) {
  for (const int n : {0, 1}) {
    const auto intervals =
        bootstrap(choose_resampling(rows_of_one_prompt(n)), rating_metrics(ratings(n)).values);
    ASSERT_EQ(intervals.size(), 6u);
    for (const auto& interval : intervals) EXPECT_FALSE(interval.has_value());
  }
}

// One longer answer in forty: more than a third of the draws have none, fewer than half.
TEST(Bootstrap, LeavesOutDrawsInWhichAMetricIsUndefined) {
  std::vector<PairOutcome> outcomes(40, {.better = 1, .worse = 0});
  const Resampling rows = choose_resampling(rows_of_one_prompt(40));
  EXPECT_FALSE(bootstrap(rows, pair_metrics(outcomes).values)[2].has_value());
  outcomes[0].better_length = 9;
  const auto intervals = bootstrap(rows, pair_metrics(outcomes).values);
  ASSERT_TRUE(intervals[2].has_value());
  EXPECT_EQ(intervals[2]->low, 1);
}

TEST(ResamplePrompts, DrawsWholePromptsHoweverFew) {
  const std::vector<uint64_t> prompts{7, 9, 7};
  const Resampling found = resample_prompts(prompts);
  EXPECT_EQ(found.unit, ResampleUnit::prompt);
  EXPECT_EQ(found.units, 2);
  EXPECT_THAT(found.members,
              testing::ElementsAre(std::array{0, -1}, std::array{1, -1}, std::array{0, -1}));
}

TEST(EstimateOf, HasAnIntervalOnlyWhereThereIsAValue) {
  const Interval interval{0.25, 0.75};
  const Estimate both = estimate_of(0.5, interval), alone = estimate_of(0.5, std::nullopt);
  EXPECT_EQ(both.value, 0.5);
  EXPECT_EQ(both.low, 0.25);
  EXPECT_EQ(both.high, 0.75);
  EXPECT_EQ(alone.value, 0.5);
  EXPECT_FALSE(alone.low || alone.high);
  const Estimate undefined = estimate_of(std::nullopt, interval);
  EXPECT_FALSE(undefined.value || undefined.low || undefined.high);
}

TEST(Bootstrap, OfFourThousandRowsTakesAboutASecond) {
  const auto begin = std::chrono::steady_clock::now();
  bootstrap(choose_resampling(rows_of_one_prompt(4000)), rating_metrics(ratings(4000)).values);
  bootstrap(choose_resampling(rows_of_one_prompt(4000)), pair_metrics(pairs(4000)).values);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  RecordProperty("seconds", std::to_string(seconds.count()));
  EXPECT_LT(seconds.count(), 10);
}

}  // namespace
}  // namespace laurel::bootstrap_test
