// Losses of ratings with quantiles, labels, levels and variances, against values worked by hand.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "loss/labels.h"
#include "loss/loss.h"
#include "loss/value_tables.h"

namespace laurel::rating_table_test {
namespace {

TEST(Quantile, MatchesValuesWorkedByHand) {
  expect_ratings(Quantile{.level = 0.9}, {
                                             // reward score value gradient
                                             {0, 1, 0.9, -0.9},
                                             {2, 1, 0.1, 0.1},
                                             {-3, 1, 3.6, -0.9},
                                             {1, 1, 0, 0},
                                         });
  expect_ratings(Quantile{.level = 0.5}, {{3, 1, 1, 0.5}, {1, 3, 1, -0.5}});
}

// Of nine scores 0 and one score 1, every reward between them is a 0.9 quantile.
TEST(Quantile, IsLeastAtTheQuantileOfTheScores) {
  const Quantile loss{.level = 0.9};
  const auto labels = rating_labels({{.position = 0, .score = 0, .weight = 9}, {0, 1}});
  EXPECT_NEAR(gradient_at(loss, labels, std::vector<double>{0.5})[0], 0, 1e-12);
  EXPECT_GT(gradient_at(loss, labels, std::vector<double>{1.5})[0], 0);
  EXPECT_LT(gradient_at(loss, labels, std::vector<double>{-0.5})[0], 0);
}

// sigmoid(1) = 0.73105858, sigmoid(2) = 0.88079708; the gradient is sigmoid(r) - s.
TEST(BinaryCrossEntropy, MatchesValuesWorkedByHand) {
  expect_ratings(BinaryCrossEntropy{}, {
                                           // reward score value gradient
                                           {0, 1, 0.69314718, -0.5},
                                           {0, 0, 0.69314718, 0.5},
                                           {1, 1, 0.31326169, -0.26894142},
                                           {1, 0, 1.31326169, 0.73105858},
                                           {2, 0.5, 1.12692801, 0.38079708},
                                           {0, 0.25, 0.69314718, 0.25},
                                       });
}

TEST(BinaryCrossEntropy, EqualsBradleyTerryAgainstARewardOfZero) {
  for (const double reward : {-3.0, 0.2, 5.0}) {
    EXPECT_NEAR(
        value_at(BinaryCrossEntropy{}, rating_labels({{0, 0.7}}), std::vector<double>{reward}),
        value_at(BradleyTerry{}, pair_labels({{.better = 0, .worse = 1, .target = 0.7}}),
                 std::vector<double>{reward, 0}),
        1e-14);
  }
}

// Three levels with cut points -1 and 1. P(2) at 0 = sigmoid(1) - sigmoid(-1) = 0.46211716, at 1 =
// sigmoid(0) - sigmoid(-2) = 0.38079708.
TEST(Ordinal, MatchesValuesWorkedByHand) {
  const Ordinal loss{.lowest = 1, .levels = 3};
  const std::vector<double> loss_parameters{-1, std::log(std::expm1(2.0))};
  const std::vector<RatingCase> cases{
      {0, 1, 1.31326169, 0.73105858},  {0, 2, -std::log(0.46211716), 0},
      {0, 3, 1.31326169, -0.73105858}, {1, 2, -std::log(0.38079708), 0.38079708},
      {1, 3, 0.69314718, -0.5},
  };
  for (const RatingCase& c : cases) {
    const Inputs inputs{.reward = {c.reward}, .loss_parameters = loss_parameters};
    const auto labels = rating_labels({{0, c.score}});
    EXPECT_NEAR(value_at(loss, labels, inputs), c.value, 1e-7) << c.reward << " " << c.score;
    EXPECT_NEAR(gradient_at(loss, labels, inputs)[0], c.gradient, 1e-7);
  }
}

TEST(Ordinal, StartsWithLevelsThatAreEquallyLikelyAtRewardZero) {
  for (const int64_t levels : {2, 3, 4, 10}) {
    const Ordinal loss{.lowest = 0, .levels = levels};
    for (int64_t level = 0; level < levels; ++level) {
      const Inputs inputs{.reward = {0}, .loss_parameters = initial_loss_parameters(loss, 1)};
      EXPECT_NEAR(value_at(loss, rating_labels({{0, static_cast<double>(level)}}), inputs),
                  std::log(static_cast<double>(levels)), 1e-12);
    }
  }
}

TEST(Ordinal, GivesProbabilitiesThatSumToOneForAnyParameters) {
  const Ordinal loss{.lowest = 0, .levels = 4};
  for (const double size : {0.1, 1.0, 5.0}) {
    double sum = 0;
    for (int64_t level = 0; level < 4; ++level) {
      const Inputs inputs{.reward = {0.4}, .loss_parameters = {-size, -2 * size, 3 * size}};
      sum += std::exp(-value_at(loss, rating_labels({{0, static_cast<double>(level)}}), inputs));
    }
    EXPECT_NEAR(sum, 1, 1e-12);
  }
}

TEST(Ordinal, OfTwoLevelsIsBinaryCrossEntropyWithAThreshold) {
  const Ordinal loss{.lowest = 0, .levels = 2};
  for (const double score : {0.0, 1.0}) {
    EXPECT_NEAR(
        value_at(loss, rating_labels({{0, score}}),
                 Inputs{.reward = {1.5}, .loss_parameters = {0.3}}),
        value_at(BinaryCrossEntropy{}, rating_labels({{0, score}}), std::vector<double>{1.2}),
        1e-14);
  }
}

TEST(Ordinal, KeepsCutPointsByAttribute) {
  const Ordinal loss{.lowest = 0, .levels = 2};
  const PointwiseLabels labels{.positions = at::tensor({0}, at::kLong),
                               .score = numbers({1, 0}).view({1, 2}),
                               .weight = numbers({1, 1}).view({1, 2})};
  const at::Tensor value = objective(
      loss, labels, {.reward = numbers({1, 5}).view({1, 2}), .loss_parameters = numbers({0, 4})});
  EXPECT_NEAR(value.item<double>(), 0.31326169 + 1.31326169, 1e-7);
}

struct GaussianCase {
  double reward, score, log_variance;
  double value, by_reward, by_spread;
};

// ((r - s)^2 e^-v + v) / 2; by v: (1 - (r - s)^2 e^-v) / 2. The soft bounds move v by up to 4e-4.
TEST(Gaussian, MatchesValuesWorkedByHand) {
  const std::vector<GaussianCase> cases{
      {3, 1, 0, 2, 2, -1.5},
      {1, 1, 0, 0, 0, 0.5},
      {0, 1, 2, (0.13533528 + 2) / 2, -0.13533528, (1 - 0.13533528) / 2},
      {0, 1, -2, (7.3890561 - 2) / 2, -7.3890561, (1 - 7.3890561) / 2},
  };
  for (const GaussianCase& c : cases) {
    const Inputs inputs{.reward = {c.reward}, .log_variance = {c.log_variance}};
    const auto labels = rating_labels({{0, c.score}});
    EXPECT_NEAR(value_at(Gaussian{}, labels, inputs), c.value, 2e-3);
    EXPECT_THAT(gradient_at(Gaussian{}, labels, inputs),
                testing::ElementsAre(testing::DoubleNear(c.by_reward, 4e-3),
                                     testing::DoubleNear(c.by_spread, 4e-3)));
  }
}

TEST(Gaussian, IsLeastWhereTheVarianceIsTheSquaredError) {
  const Inputs inputs{.reward = {2}, .log_variance = {std::log(0.25)}};
  EXPECT_NEAR(gradient_at(Gaussian{}, rating_labels({{0, 1.5}}), inputs)[1], 0, 1e-3);
}

TEST(Gaussian, HasAGradientOutsideTheBoundsOfTheLogVariance) {
  for (const double log_variance : {-14.0, 14.0}) {
    const Inputs inputs{.reward = {2}, .log_variance = {log_variance}};
    const double gradient = gradient_at(Gaussian{}, rating_labels({{0, 1}}), inputs)[1];
    EXPECT_LT(gradient * -log_variance, -1e-3);  // back towards the middle
  }
}

// The factor e^(beta v) is a number, not a function of v: at beta 1 the mean's gradient is r - s.
TEST(Gaussian, WithBetaOneTeachesTheMeanLikeHalfASquaredError) {
  for (const double log_variance : {-3.0, 0.0, 3.0}) {
    const Inputs inputs{.reward = {2}, .log_variance = {log_variance}};
    const auto gradient = gradient_at(Gaussian{.beta = 1}, rating_labels({{0, 1.5}}), inputs);
    EXPECT_NEAR(gradient[0], 0.5, 1e-9);
    const double v = log_variance;
    EXPECT_NEAR(gradient[1], (std::exp(v) - 0.25) / 2, 0.01 * std::exp(v));
  }
}

TEST(RatingRegularizer, AddsTheSquaredReward) {
  expect_ratings(SquaredError{.regularizer = {.l2 = 0.1}}, {{3, 1, 4 + 0.9, 4 + 0.6}});
  expect_ratings(Huber{.regularizer = {.l2 = 0.5}}, {{-1, -1, 0.5, -1}});
}

}  // namespace
}  // namespace laurel::rating_table_test
