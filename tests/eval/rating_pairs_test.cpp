// Which pairs ratings imply, and that a sample of them is fair.
#include "eval/rating_pairs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace laurel::rating_pairs_test {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

using IndexPair = std::array<int32_t, 2>;

TEST(PairsOfRatings, AreThoseOfOnePromptWithDifferentScores) {
  const std::vector<double> score{1, 3, 2, 3, 1};
  const std::vector<uint64_t> prompt{9, 9, 4, 9, 4};
  const RatingPairs found = pairs_of_ratings(score, prompt, 100);
  EXPECT_THAT(found.pairs, UnorderedElementsAre(IndexPair{1, 0}, IndexPair{3, 0}, IndexPair{2, 4}));
  EXPECT_EQ(found.possible, 3);
}

TEST(PairsOfRatings, AreNoneWhereEveryPromptHasOneScore) {
  EXPECT_THAT(pairs_of_ratings({}, {}, 100).pairs, IsEmpty());
  const std::vector<double> score{1, 2, 3, 3};
  const std::vector<uint64_t> prompt{1, 2, 3, 3};
  EXPECT_THAT(pairs_of_ratings(score, prompt, 100).pairs, IsEmpty());
  EXPECT_EQ(pairs_of_ratings(score, prompt, 100).possible, 0);
}

// Scores 0 x 10, 1 x 20, 2 x 30 of one prompt: 200 + 300 + 600 pairs; of another prompt one pair.
TEST(PairsOfRatings, AreCountedExactlyAndSampledFairlyBeyondTheLimit) {
  std::vector<double> score;
  for (int level = 0; level < 3; ++level) score.insert(score.end(), 10 * (level + 1), level);
  std::vector<uint64_t> prompt(score.size(), 5);
  score.insert(score.end(), {1, 2});
  prompt.insert(prompt.end(), {6, 6});

  EXPECT_EQ(pairs_of_ratings(score, prompt, 1101).pairs.size(), 1101u);
  const RatingPairs some = pairs_of_ratings(score, prompt, 550);
  EXPECT_EQ(some.possible, 1101);
  EXPECT_EQ(some.pairs.size(), 550u);
  EXPECT_EQ(std::set<IndexPair>(some.pairs.begin(), some.pairs.end()).size(), 550u);
  std::map<double, int> by_sum;  // of both scores: 1, 2 and 3 name the three kinds
  for (const auto& [better, worse] : some.pairs) {
    EXPECT_GT(score[better], score[worse]);
    EXPECT_EQ(prompt[better], prompt[worse]);
    ++by_sum[score[better] + score[worse]];
  }
  EXPECT_NEAR(by_sum[1], 100, 30);
  EXPECT_NEAR(by_sum[2], 150, 36);
  EXPECT_NEAR(by_sum[3], 300, 48);
}

TEST(PairsOfRatings, OfManyRatingsOfOnePromptAreDrawnQuickly) {
  std::vector<double> score(20000, 0.0);
  score[17] = 1;
  const std::vector<uint64_t> prompt(score.size(), 1);
  const RatingPairs some = pairs_of_ratings(score, prompt, 500);
  EXPECT_EQ(some.possible, 19999);
  EXPECT_EQ(some.pairs.size(), 500u);
  for (const auto& [better, worse] : some.pairs) EXPECT_EQ(better, 17);
}

TEST(PairsOfRatings, AreTheSameEveryTime) {
  std::vector<double> score;
  for (int i = 0; i < 60; ++i) score.push_back(i % 7);
  const std::vector<uint64_t> prompt(score.size(), 1);
  EXPECT_EQ(pairs_of_ratings(score, prompt, 100).pairs, pairs_of_ratings(score, prompt, 100).pairs);
}

}  // namespace
}  // namespace laurel::rating_pairs_test
