// What length and covariates do to rewards and labels: against numpy and scikit-learn (oracle_calibration.py), by
// hand, and for models whose dependence on length is known.
#include "eval/covariate_effect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"
#include "eval/report.h"
#include "eval/synthetic_outcomes.h"

namespace laurel::covariate_effect_test {
namespace {

using testing::DoubleNear;
using testing::Each;
using testing::Optional;

enum Length { correlation, reward_coefficient, length_coefficient, what_if };

// Pair k is of prompt k % prompts.
std::vector<Origin> of_prompts(size_t n, uint64_t prompts) {
  std::vector<Origin> origins;
  for (uint64_t k = 0; k < n; ++k) {
    origins.push_back({.prompt = k % prompts, .responses = {2 * k, 2 * k + 1}});
  }
  return origins;
}

MetricValues length_of(const std::vector<PairOutcome>& pairs, uint64_t prompts) {
  return length_metrics(pairs, of_prompts(pairs.size(), prompts)).values(once(pairs.size()));
}

void expect_near(const MetricValues& values, const std::vector<double>& expected,
                 double tolerance = 1e-9) {
  ASSERT_EQ(values.size(), expected.size());
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_THAT(values[i], Optional(DoubleNear(expected[i], tolerance))) << "metric " << i;
  }
}

TEST(LengthEffect, EqualsNumpyAndScikitLearn) {
  expect_near(length_of(pairs(240), 40),
              {0.08454634769569724, 0.11227124969181469, 0.44928933930065895, 0.5479166666666667});
  expect_near(length_of(soft_pairs(240), 40),
              {0.08454634769569724, 0.043253626056017354, 0.18256158998043098, 0.5444444444444444});
  expect_near(length_metrics(pairs(240), of_prompts(240, 40)).values(repeats(240)),
              {0.07193863998501054, 0.11314395766856498, 0.4825700779919584, 0.55}, 1e-5);
}

// A number that is no length, as it is.
TEST(CovariateEffect, EqualsNumpyAndScikitLearn) {
  std::vector<double> difference;
  for (int i = 0; i < 240; ++i) difference.push_back(i * 11 % 7 - i * 4 % 5);
  const Metrics metrics =
      covariate_metrics("covariate", soft_pairs(240), difference, of_prompts(240, 40));
  expect_near(metrics.values(once(240)),
              {-0.14725742424028165, 0.07744550843600091, 0.1304004103466302, 0.5666666666666667});
  EXPECT_THAT(metrics.names,
              testing::ElementsAre("covariate_correlation", "reward_coefficient",
                                   "covariate_coefficient", "what_if_no_covariate_accuracy"));
}

// log lengths differ by log 2. In prompt 0 rewards follow them with the slope 1 / log 2, in prompt 1
// with 3 / log 2: each is taken out of the other, so that 1 - 3 < 0 and 3 - 1 > 0.
TEST(LengthEffect, TakesOutOfAPromptWhatLengthExplainsInTheOthers) {
  const std::vector<PairOutcome> two{
      {.better = 1, .worse = 0, .better_length = 20, .worse_length = 10},
      {.better = 3, .worse = 0, .better_length = 20, .worse_length = 10}};
  EXPECT_THAT(length_of(two, 2)[what_if], Optional(0.5));
  // sum d l = 4 log 2, of d^2 = 10, of l^2 = 2 log^2 2
  EXPECT_THAT(length_of(two, 2)[correlation], Optional(DoubleNear(4 / std::sqrt(20), 1e-12)));
}

TEST(LengthEffect, DoesNotDependOnWhichAnswerIsCalledFirst) {
  std::vector<PairOutcome> turned = pairs(240);
  for (PairOutcome& o : turned) {
    std::swap(o.better, o.worse);
    std::swap(o.better_length, o.worse_length);
    o.target = 1 - o.target;
  }
  const MetricValues as_labelled = length_of(pairs(240), 40), values = length_of(turned, 40);
  for (const Length metric : {correlation, reward_coefficient, length_coefficient}) {
    EXPECT_THAT(values[metric], Optional(DoubleNear(*as_labelled[metric], 1e-9)));
  }
}

// People prefer by quality alone; the reward adds half of the log length.
TEST(LengthEffect, OfARewardThatCountsLengthIsTakenOut) {
  Random random(9);
  std::vector<PairOutcome> pairs;
  for (int i = 0; i < 4000; ++i) {
    const double quality = random.normal(), length = random.normal();
    const bool first = random.uniform() < sigmoid(2 * quality);
    const double reward = 2 * quality + length;
    const auto longer = static_cast<int64_t>(std::lround(1000 * std::exp(length)));
    pairs.push_back(first ? PairOutcome{reward, 0, longer, 1000}
                          : PairOutcome{0, reward, 1000, longer});
  }
  const MetricValues values = length_of(pairs, 4000);
  EXPECT_NEAR(*values[correlation], 1 / std::sqrt(5), 0.04);
  EXPECT_NEAR(*values[reward_coefficient], 1, 0.1);
  EXPECT_NEAR(*values[length_coefficient], -1, 0.15);
  EXPECT_GT(*values[what_if], *of(pairs)[0] + 0.01);
}

TEST(LengthEffect, OfEqualLengthsOrOnePromptIsUndefined) {
  std::vector<PairOutcome> equal = pairs(40);
  for (PairOutcome& o : equal) o.better_length = o.worse_length = 7;
  EXPECT_THAT(length_of(equal, 20), Each(std::nullopt));
  EXPECT_EQ(length_of(pairs(40), 1)[what_if], std::nullopt);
  EXPECT_THAT(length_of({}, 1), Each(std::nullopt));
}

TEST(LengthEffect, OfAnEmptyAnswerIsThatOfOneCodePoint) {
  const std::vector<PairOutcome> two{
      {.better = 1, .worse = 0, .better_length = 3},
      {.better = 0, .worse = 2, .better_length = 0, .worse_length = 9}};
  EXPECT_TRUE(std::isfinite(*length_of(two, 2)[correlation]));
}

TEST(BalancedAccuracy, SaysWhichModelIsBetter) {
  EXPECT_THAT(larger_is_better("balanced_accuracy"), Optional(true));
  EXPECT_EQ(larger_is_better("length_correlation"), std::nullopt);
}

}  // namespace
}  // namespace laurel::covariate_effect_test
