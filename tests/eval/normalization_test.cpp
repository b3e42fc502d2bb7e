// Mean and deviations of answers: worked by hand, by numpy (oracle.py), and against known theory.
#include "eval/normalization.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "core/random.h"
#include "support/error_of.h"

namespace laurel::normalization_test {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::Pair;

using Prompts = std::vector<uint64_t>;
using Rewards = std::vector<double>;

// Prompt 7 has 1 and 3, prompt 8 has 2, 4 and 6, prompt 9 has 5. Squares about 3.5: 17.5, of five
// degrees of freedom; about the prompts' means: 2 and 8, of one and two.
TEST(Normalization, IsThatWorkedByHand) {
  const Normalization found =
      normalization_of(Rewards{1, 2, 3, 4, 5, 6}, Prompts{7, 8, 7, 8, 9, 8});
  EXPECT_DOUBLE_EQ(found.mean.value, 3.5);
  EXPECT_DOUBLE_EQ(found.deviation.value, std::sqrt(3.5));
  ASSERT_TRUE(found.within_prompts);
  EXPECT_DOUBLE_EQ(found.within_prompts->value, std::sqrt(10. / 3));
  EXPECT_THAT(
      found.quantiles,
      ElementsAre(Pair("0.01", DoubleNear(1.05, 1e-12)), Pair("0.05", 1.25), Pair("0.25", 2.25),
                  Pair("0.5", 3.5), Pair("0.75", 4.75), Pair("0.95", DoubleNear(5.75, 1e-12)),
                  Pair("0.99", DoubleNear(5.95, 1e-12))));
  EXPECT_EQ(found.answers, 6);
  EXPECT_EQ(found.prompts, 3);
  EXPECT_EQ(found.prompts_with_several, 2);
  EXPECT_EQ(unit_deviation(found).group, AnswerGroup::within_prompts);
}

// sin(0.9 i) + 1000 of 20 answers to prompts i % 6; the values are numpy's (oracle.py).
TEST(Normalization, OfALargeMeanAgreesWithNumpy) {
  Rewards rewards;
  Prompts prompts;
  for (int i = 0; i < 20; ++i) {
    rewards.push_back(std::sin(0.9 * i) + 1000);
    prompts.push_back(i % 6);
  }
  const Normalization found = normalization_of(rewards, prompts);
  EXPECT_NEAR(found.mean.value, 1000.0363546278426, 1e-9);
  EXPECT_NEAR(found.deviation.value, 0.7214142802115572, 1e-9);
  EXPECT_NEAR(found.within_prompts->value, 0.6038559108702392, 1e-9);
}

// Prompts' means vary by 2 and answers by 1: the mean of 400 prompts with 4 answers each has the
// error sqrt((4 + 1/4) / 400) = 0.1031, and the deviation within 1 / sqrt(2 x 1200) = 0.0204.
TEST(Normalization, HasIntervalsByPrompt) {
  Random random(11);
  Rewards rewards;
  Prompts prompts;
  for (uint64_t prompt = 0; prompt < 400; ++prompt) {
    const double mean = 5 + 2 * random.normal();
    for (int i = 0; i < 4; ++i) {
      rewards.push_back(mean + random.normal());
      prompts.push_back(prompt);
    }
  }
  const Normalization found = normalization_of(rewards, prompts);
  const auto width = [](const MeasuredNumber& of) { return *of.high - *of.low; };
  EXPECT_NEAR(width(found.mean), 2 * 1.96 * 0.1031, 0.04);
  EXPECT_NEAR(width(*found.within_prompts), 2 * 1.96 * 0.0204, 0.015);
  EXPECT_NEAR(found.within_prompts->value, 1, 0.06);
  EXPECT_NEAR(found.deviation.value, std::sqrt(5), 0.25);
  EXPECT_LT(*found.mean.low, found.mean.value);
}

TEST(Normalization, WithoutSeveralAnswersToAPromptHasNoDeviationWithinThem) {
  const Normalization found = normalization_of(Rewards{1, 2, 4}, Prompts{1, 2, 3});
  EXPECT_FALSE(found.within_prompts);
  EXPECT_EQ(found.prompts_with_several, 0);
  EXPECT_EQ(unit_deviation(found).group, AnswerGroup::all);
  EXPECT_DOUBLE_EQ(unit_deviation(found).value, std::sqrt(7. / 3));
}

// Prompt 1 has one text twice, prompt 2 two texts in three answers: only the latter, of mean 4 with
// the squares 1, 1 and 4, says how answers to a prompt differ.
TEST(Normalization, OfOneTextAgainHasNoDeviationWithinItsPrompt) {
  const Rewards rewards{1, 1, 3, 3, 6};
  const Prompts prompts{1, 1, 2, 2, 2}, texts{10, 10, 11, 11, 12};
  const Normalization found = normalization_of(rewards, prompts, texts);
  EXPECT_DOUBLE_EQ(found.within_prompts->value, std::sqrt(6. / 2));
  EXPECT_EQ(found.prompts_with_several, 1);
  EXPECT_EQ(found.repeated, 2);
  EXPECT_EQ(found.answers, 5);
  const Normalization same = normalization_of(Rewards{1, 1, 2}, Prompts{1, 1, 2}, Prompts{5, 5, 6});
  EXPECT_FALSE(same.within_prompts);
  EXPECT_EQ(normalization_of(rewards, prompts).repeated, 0);
}

TEST(Normalization, OfOnePromptHasNoInterval) {
  const Normalization found = normalization_of(Rewards{1, 2, 4}, Prompts{5, 5, 5});
  EXPECT_FALSE(found.mean.low);
  EXPECT_DOUBLE_EQ(found.within_prompts->value, found.deviation.value);
}

// r' = (r - 2) / 4.
TEST(Normalization, FollowsRewardsThatAreShiftedAndDivided) {
  const Rewards rewards{1, 2, 3, 4, 5, 6};
  const Prompts prompts{7, 8, 7, 8, 9, 8};
  Rewards changed;
  for (const double reward : rewards) changed.push_back((reward - 2) / 4);
  const Normalization expected = normalization_of(changed, prompts);
  const Normalization found = rescaled(normalization_of(rewards, prompts), 2, 4);
  EXPECT_NEAR(found.mean.value, expected.mean.value, 1e-12);
  EXPECT_NEAR(*found.mean.low, *expected.mean.low, 1e-12);
  EXPECT_NEAR(found.deviation.value, expected.deviation.value, 1e-12);
  EXPECT_NEAR(*found.within_prompts->high, *expected.within_prompts->high, 1e-12);
  EXPECT_NEAR(found.quantiles.at("0.05"), expected.quantiles.at("0.05"), 1e-12);
  EXPECT_EQ(found.answers, 6);
}

TEST(Normalization, NeedsTwoAnswers) {
  EXPECT_EQ(test::error_of(ErrorKind::data, [] { normalization_of(Rewards{1}, Prompts{1}); }),
            "found 1 answer with a reward, expected two at least, and better hundreds");
}

}  // namespace
}  // namespace laurel::normalization_test
