// How far rewards move, against numbers worked by hand.
#include "eval/reward_change.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace laurel::test::reward_change_test {

TEST(ValueChange, IsTheRootMeanSquareBesideTheDeviationAndTheRanks) {
  const std::vector<double> before = {0, 2, 4, 6}, after = {0, 4, 2, 6};
  const ValueChange change = value_change(before, after);
  EXPECT_EQ(change.n, 4);
  EXPECT_DOUBLE_EQ(change.rms, std::sqrt(2.0));        // (0 + 4 + 4 + 0) / 4
  EXPECT_DOUBLE_EQ(change.deviation, std::sqrt(5.0));  // (9 + 1 + 1 + 9) / 4
  EXPECT_NEAR(change.spearman.value(), .8, 1e-12);     // 1 - 6 * 2 / (4 * 15)
  EXPECT_EQ(value_change({}, {}).n, 0);
}

static Group pair_group() {
  Group group;
  group.responses = {{{1}, {{0, 1}}}, {{2}, {{0, 1}}}};
  group.label = Preferences{{.better = 0, .worse = 1}};
  return group;
}

static Group rating_group() {
  Group group;
  group.responses = {{{1}, {{0, 1}}}};
  group.label = Ratings{{1}, {1}};
  return group;
}

// Margins 4, -2, 1, 0 (mean .75, deviation sqrt(75 / 16) = 2.165) become 4, 1, -1, -3.
TEST(RewardChange, OfPairsIsThatOfTheirMargins) {
  const std::vector<Group> groups(4, pair_group());
  const GroupRewards before = {{5, 1}, {0, 2}, {3, 2}, {1, 1}};
  const GroupRewards after = {{5, 1}, {3, 2}, {1, 2}, {0, 3}};
  const RewardChange change = reward_change(groups, before, after);
  EXPECT_EQ(change.rows, 4);
  EXPECT_EQ(change.pairs, 4);
  EXPECT_EQ(change.clear_pairs, 3) << "the margin of 0 is not clear";
  EXPECT_EQ(change.changed_sign, 2);
  EXPECT_NEAR(change.deviation, std::sqrt(75.0 / 16), 1e-12);
  EXPECT_NEAR(change.rms, std::sqrt((0 + 9 + 4 + 9) / 4.0), 1e-12);
  EXPECT_NEAR(change.relative_rms(), std::sqrt(5.5) / std::sqrt(75.0 / 16), 1e-12);
}

// scipy.stats.spearmanr([1, 2, 3, 4], [1, 3, 2, 4]) == 0.8
TEST(RewardChange, OfRatingsIsThatOfTheirRewards) {
  const std::vector<Group> groups(4, rating_group());
  const RewardChange change = reward_change(groups, {{1}, {2}, {3}, {4}}, {{1}, {3}, {2}, {4}});
  EXPECT_EQ(change.pairs, 0);
  EXPECT_NEAR(change.spearman.value(), .8, 1e-12);
  EXPECT_NEAR(change.rms, std::sqrt(.5), 1e-12);
  EXPECT_NEAR(change.deviation, std::sqrt(1.25), 1e-12);
  EXPECT_THAT(text_of(change), ::testing::HasSubstr("over 4 rows: Spearman correlation 0.8000, RMS "
                                                    "change of rewards 63.2 % of their deviation"));
}

TEST(RewardChange, TakesTheWorstOfSeveralColumns) {
  const std::vector<Group> groups(3, rating_group());
  const GroupRewards before = {{1, 1}, {2, 2}, {3, 3}}, after = {{1, 3}, {2, 2}, {3, 1}};
  const RewardChange change = reward_change(groups, before, after, 2);
  EXPECT_NEAR(change.spearman.value(), -1, 1e-12);
  EXPECT_GT(change.relative_rms(), 1);
}

// A list ranked 1, 2, 2, unranked compares its first with its second and third.
TEST(RewardChange, OfARankingComparesWhatHasDifferentRanks) {
  Group group;
  group.responses.assign(4, {{1}, {{0, 1}}});
  group.label = Ranking{.rank = {1, 2, 2, -1}, .score = {2, 1, 1, 0}};
  const RewardChange change = reward_change(std::vector{group}, {{3, 1, 2, 9}}, {{3, 4, 2, 9}});
  EXPECT_EQ(change.pairs, 2);
  EXPECT_EQ(change.changed_sign, 1);
}

TEST(RewardChange, OfASegmentedResponseComparesLastPositions) {
  Group group = pair_group();
  group.responses[0].positions = {{0, 1}, {0, 1}};
  const RewardChange change =
      reward_change(std::vector{group, group}, {{9, 2, 1}, {9, 2, 1}}, {{-9, 2, 3}, {-9, 2, 3}});
  EXPECT_EQ(change.pairs, 2);
  EXPECT_NEAR(change.rms, 2, 1e-12) << "the margin was 2 - 1 and is 2 - 3";
}

// One margin has no deviation: 1 row compares two answers, 3 rate one.
TEST(RewardChange, OfOnePairAmongRatingsIsThatOfTheRewards) {
  std::vector<Group> groups(3, rating_group());
  groups.push_back(pair_group());
  const RewardChange change =
      reward_change(groups, {{1}, {2}, {3}, {4, 0}}, {{1}, {2}, {3}, {4.1, 0}});
  EXPECT_EQ(change.pairs, 1);
  EXPECT_FALSE(change.of_margins);
  EXPECT_NEAR(change.rms, std::sqrt(.01 / 5), 1e-12);
  EXPECT_NEAR(change.deviation, std::sqrt(2), 1e-12);
}

TEST(RewardChange, OfEqualRewardsIsInfinite) {
  const std::vector<Group> groups(2, rating_group());
  EXPECT_EQ(reward_change(groups, {{1}, {1}}, {{1}, {1}}).relative_rms(), 0);
  EXPECT_TRUE(std::isinf(reward_change(groups, {{1}, {1}}, {{1}, {2}}).relative_rms()));
  EXPECT_EQ(reward_change(groups, {{1}, {1}}, {{1}, {2}}).spearman, std::nullopt);
}

}  // namespace laurel::test::reward_change_test
