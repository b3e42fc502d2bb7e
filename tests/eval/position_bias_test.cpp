// What the order in which answers were shown does to labels: against statsmodels
// (oracle_calibration.py), by hand, and where it says nothing.
#include "eval/position_bias.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "eval/report.h"
#include "eval/synthetic_outcomes.h"

namespace laurel::position_bias_test {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::Optional;

enum Position { first_wins, reward_coefficient, first_coefficient };

// The better answer of pair i came first unless i % 3 == 1.
std::vector<PairOutcome> shown(std::vector<PairOutcome> pairs) {
  for (size_t i = 0; i < pairs.size(); ++i) pairs[i].better_first = i % 3 != 1;
  return pairs;
}

MetricValues position_of(const std::vector<PairOutcome>& pairs) {
  return position_metrics(pairs).values(once(pairs.size()));
}

void expect_near(const MetricValues& values, const std::vector<double>& expected,
                 double tolerance = 1e-9) {
  ASSERT_EQ(values.size(), expected.size());
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_THAT(values[i], Optional(testing::DoubleNear(expected[i], tolerance))) << "metric " << i;
  }
}

TEST(PositionBias, EqualsStatsmodels) {
  expect_near(position_of(shown(pairs(240))),
              {0.6666666666666666, 0.12617953388168662, 0.6925713941587497});
  expect_near(position_of(shown(soft_pairs(240))),
              {0.6666666666666666, 0.04552820102793039, 0.28169121264522345});
  expect_near(position_metrics(shown(pairs(240))).values(repeats(240)),
              {0.6666666666666666, 0.11732573850612137, 0.687218491721802}, 1e-5);
}

// Of rewards -1 and 1 each of four kinds of pairs: first wins 3 : 1 where its reward is lower, 12 : 1
// where it is higher, so that log-odds are c - 2 s = log 3, c + 2 s = log 12.
TEST(PositionBias, IsTheLogOddsHalfwayByHand) {
  std::vector<PairOutcome> pairs;
  const auto add = [&](int times, double better, bool better_first) {
    pairs.insert(pairs.end(), times,
                 {.better = better, .worse = -better, .better_first = better_first});
  };
  add(3, -1, true);
  add(1, 1, false);
  add(12, 1, true);
  add(1, -1, false);
  expect_near(position_of(pairs), {15.0 / 17, std::log(2) / 2, std::log(6)}, 1e-9);
}

TEST(PositionBias, TurnsRoundWithTheOrder) {
  std::vector<PairOutcome> turned = shown(pairs(240));
  for (PairOutcome& o : turned) o.better_first = !*o.better_first;
  expect_near(position_of(turned),
              {1 - 0.6666666666666666, 0.12617953388168662, -0.6925713941587497});
}

// A tie has no winner, and is half of each outcome to the regression.
TEST(PositionBias, CountsTiesAsHalfOfEachOutcome) {
  std::vector<PairOutcome> all = shown(pairs(240)), with_ties = all;
  for (PairOutcome& o : all) {
    o.target = 0.5;
    with_ties.push_back(o);
  }
  const MetricValues values = position_of(with_ties);
  EXPECT_THAT(values[first_wins], Optional(testing::DoubleNear(2.0 / 3, 1e-12)));
  EXPECT_LT(*values[first_coefficient], 0.5);
  EXPECT_GT(*values[first_coefficient], 0.2);
}

TEST(PositionBias, OfEqualOrSeparatingRewardsIsUndefined) {
  std::vector<PairOutcome> equal = shown(pairs(40));
  for (PairOutcome& o : equal) o.better = o.worse = 1;
  EXPECT_EQ(position_of(equal)[first_coefficient], std::nullopt);
  std::vector<PairOutcome> right = shown(pairs(40));
  for (PairOutcome& o : right) o.better = o.worse + 1;
  EXPECT_EQ(position_of(right)[first_coefficient], std::nullopt);
  EXPECT_THAT(position_of({}), Each(std::nullopt));
}

TEST(PositionBias, IsOfPairsWhoseOrderIsKnownAndNotTheLabels) {
  const auto presented = [](const std::vector<std::optional<bool>>& orders, double target = 1) {
    Outcomes<PairOutcome> pairs;
    for (const auto& order : orders) {
      pairs.add({.better = 1, .worse = 0, .target = target, .better_first = order},
                {.prompt = static_cast<uint64_t>(pairs.size()), .responses = {}});
    }
    std::vector<uint64_t> kept;
    for (const Origin& origin : presented_pairs(pairs).origins) kept.push_back(origin.prompt);
    return kept;
  };
  EXPECT_THAT(presented({std::nullopt, true, false, std::nullopt, true}), ElementsAre(1, 2, 4));
  EXPECT_THAT(presented({std::nullopt, std::nullopt}), ElementsAre());
  EXPECT_THAT(presented({true, true, true}), ElementsAre());
  EXPECT_THAT(presented({false, false, std::nullopt}), ElementsAre());
  EXPECT_THAT(presented({true, false}, 0.5), ElementsAre());  // ties alone
}

TEST(PositionBias, SaysNothingOfWhichModelIsBetter) {
  EXPECT_EQ(larger_is_better("first_coefficient"), std::nullopt);
  EXPECT_EQ(larger_is_better("first_wins"), std::nullopt);
}

}  // namespace
}  // namespace laurel::position_bias_test
