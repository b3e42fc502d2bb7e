// What two models decide differently: tables worked by hand.
#include "eval/flips.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "eval/synthetic_outcomes.h"

namespace laurel::flips_test {
namespace {

using testing::DoubleNear;

SplitOutcomes of_pairs(const std::vector<PairOutcome>& pairs) {
  SplitOutcomes outcomes;
  for (const PairOutcome& pair : pairs)
    outcomes.pairs.add(pair, {.prompt = 1, .responses = {1, 2}});
  return outcomes;
}

PairOutcome pair(double difference, double target = 1) {
  return {.better = difference, .worse = 0, .target = target};
}

// Right and right, right and wrong, wrong and right, wrong and wrong, equal in one; the sixth pair
// has no winner.
TEST(Flips, CountPairsWithAWinnerByBothModels) {
  const auto first =
      decisions_of(of_pairs({pair(1), pair(2), pair(-1), pair(-4), pair(0), pair(3, 0.5)}), false);
  const auto other =
      decisions_of(of_pairs({pair(9), pair(-1), pair(2), pair(-1), pair(1), pair(-3, 0.5)}), false);
  ASSERT_EQ(first.size(), 5u);
  const FlipCounts counts = count_flips(first, other);
  EXPECT_EQ(counts.both_right, 1);
  EXPECT_EQ(counts.lost, 1);
  EXPECT_EQ(counts.gained, 1);
  EXPECT_EQ(counts.both_wrong, 1);
  EXPECT_EQ(counts.undecided, 1);
  EXPECT_EQ(counts.all(), 5);
}

// oracle_comparison.py
TEST(Flips, OfManyPairsEqualNumpy) {
  const FlipCounts counts = count_flips(decisions_of(of_pairs(pairs(240)), false),
                                        decisions_of(of_pairs(pairs_of_another(240)), false));
  EXPECT_EQ(counts.both_right, 118);
  EXPECT_EQ(counts.both_wrong, 72);
  EXPECT_EQ(counts.lost, 6);
  EXPECT_EQ(counts.gained, 15);
  EXPECT_EQ(counts.undecided, 29);
}

TEST(Flips, OfListsAreThePairsOfDifferentRanks) {
  SplitOutcomes outcomes;
  outcomes.lists.add({.reward = {3, 1, 2}, .rank = {1, 2, 2}, .score = {2, 1, 1}, .length = {}},
                     {.prompt = 1, .responses = {1, 1}});
  const auto decisions = decisions_of(outcomes, false);
  ASSERT_EQ(decisions.size(), 2u) << "the tied second and third are not compared";
  EXPECT_EQ(decisions[0].better, 0);
  EXPECT_EQ(decisions[0].worse, 1);
  EXPECT_EQ(decisions[0].margin, 2);
  EXPECT_EQ(decisions[1].worse, 2);
  EXPECT_EQ(decisions[1].margin, 1);
}

TEST(Flips, OfLabelsAreByOneHalfAndScoresHaveNone) {
  SplitOutcomes outcomes;
  for (const auto& [score, prediction] : {std::pair{1.0, 0.75}, {0.0, 0.75}, {1.0, 0.5}}) {
    outcomes.cells.add({.rating = {score, prediction}, .reward = 0},
                       {.prompt = 1, .responses = {1, 1}});
  }
  const auto decisions = decisions_of(outcomes, true);
  ASSERT_EQ(decisions.size(), 3u);
  EXPECT_EQ(decisions[0].margin, 0.25);
  EXPECT_EQ(decisions[1].margin, -0.25);
  EXPECT_EQ(decisions[2].margin, 0);
  EXPECT_TRUE(decisions_of(outcomes, false).empty());
}

// Margins of the first have the root mean square 2, of the other 20: its scale does not count.
TEST(LargestFlips, ComeByTheChangeInUnitsOfEachModel) {
  const auto first = decisions_of(of_pairs({pair(2), pair(2), pair(-2), pair(2)}), false);
  const auto other = decisions_of(of_pairs({pair(-4), pair(-28), pair(28), pair(4)}), false);
  const double unit = std::sqrt((16 + 784 + 784 + 16) / 4.0);
  const auto flips = largest_flips(first, other, 2);
  ASSERT_EQ(flips.size(), 2u);
  EXPECT_EQ(flips[0].decision, 1u);
  EXPECT_FALSE(flips[0].gained());
  EXPECT_THAT(flips[0].first, DoubleNear(1, 1e-12));
  EXPECT_THAT(flips[0].other, DoubleNear(-28 / unit, 1e-12));
  EXPECT_EQ(flips[1].decision, 2u);
  EXPECT_TRUE(flips[1].gained());
  EXPECT_EQ(largest_flips(first, other, 100).size(), 3u);
}

TEST(LargestFlips, OfTheSameModelAreNone) {
  const auto decisions = decisions_of(of_pairs(pairs(50)), false);
  EXPECT_TRUE(largest_flips(decisions, decisions, 100).empty());
}

}  // namespace
}  // namespace laurel::flips_test
