// The first five losses against values worked by hand, and the numbers that people check by hand.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "loss/labels.h"
#include "loss/loss.h"
#include "loss/value_tables.h"

namespace laurel::table_test {
namespace {

// log(1 + e^-1) = 0.31326169, sigmoid(1) = 0.73105858, log(1 + e^-2) = 0.12692801,
// sigmoid(2) = 0.88079708. The gradient is sigmoid(z) - target.
TEST(BradleyTerry, MatchesValuesWorkedByHand) {
  expect_pairs(BradleyTerry{}, {
                                   // better worse margin target  value       gradient
                                   {0, 0, 0, 1, 0.69314718, -0.5},
                                   {1, 0, 0, 1, 0.31326169, -0.26894142},
                                   {0, 1, 0, 1, 1.31326169, -0.73105858},
                                   {3, 1, 0, 1, 0.12692801, -0.11920292},
                                   {3, 1, 1, 1, 0.31326169, -0.26894142},
                                   {3, 1, 3, 1, 1.31326169, -0.73105858},
                                   {2, 2, 0, 0.5, 0.69314718, 0},
                                   {3, 1, 0, 0, 2.12692801, 0.88079708},
                               });
}

// 0.9 log(1 + e^-1) + 0.1 log(1 + e^1) = 0.31326169 + 0.1
TEST(BradleyTerry, SmoothingMixesInTheOppositeLabel) {
  const BradleyTerry loss{.label_smoothing = 0.1};
  expect_pairs(loss, {
                         {1, 0, 0, 1, 0.41326169, 0.73105858 - 0.9},
                         {1, 0, 0, 0, 1.21326169, 0.73105858 - 0.1},
                         {0, 0, 0, 1, 0.69314718, 0.5 - 0.9},
                     });
}

// center (3 + 1)^2 = 1.6, its derivative 2 center (3 + 1) = 0.8 for both rewards.
TEST(BradleyTerry, CentringAddsTheSquaredSumOfBothRewards) {
  const BradleyTerry loss{.regularizer = {.center = 0.1}};
  expect_pairs(loss, {
                         {3, 1, 0, 1, 0.12692801 + 1.6, -0.11920292 + 0.8, 1.6},
                         {1, -1, 0, 1, 0.12692801, -0.11920292},
                     });
}

TEST(BradleyTerry, CentringDoesNotSeeTheMargin) {
  const BradleyTerry loss{.regularizer = {.center = 0.1}};
  expect_pairs(loss, {{3, 1, 1, 1, 0.31326169 + 1.6, -0.26894142 + 0.8, 1.6}});
}

TEST(Hinge, MatchesValuesWorkedByHand) {
  expect_pairs(Hinge{}, {
                            // better worse margin target value gradient
                            {0, 0, 0, 1, 1, -1},
                            {0.25, 0, 0, 1, 0.75, -1},
                            {3, 1, 0, 1, 0, 0},
                            {1, 3, 0, 1, 3, -1},
                            {1, 0, 0, 1, 0, 0},
                            {3, 1, 0, 0, 3, 1},
                            {0, 0, 0, 0.5, 1, 0},
                            {3, 1, 0, 0.75, 0.75, 0.25},
                        });
  expect_pairs(Hinge{.margin = 2.5}, {{3, 1, 0, 1, 0.5, -1}, {4, 1, 0, 1, 0, 0}});
}

TEST(Hinge, DoesNotReadTheRowMargin) { expect_pairs(Hinge{}, {{0.25, 0, 9, 1, 0.75, -1}}); }

TEST(SquaredError, MatchesValuesWorkedByHand) {
  expect_ratings(SquaredError{}, {
                                     // reward score value gradient
                                     {0, 0, 0, 0},
                                     {3, 1, 4, 4},
                                     {1, 3, 4, -4},
                                     {-0.5, 0, 0.25, -1},
                                 });
}

TEST(AbsoluteError, MatchesValuesWorkedByHand) {
  expect_ratings(AbsoluteError{}, {
                                      {0, 0, 0, 0},
                                      {3, 1, 2, 1},
                                      {1, 3, 2, -1},
                                      {-0.5, 0, 0.5, -1},
                                  });
}

TEST(Huber, MatchesValuesWorkedByHand) {
  expect_ratings(Huber{}, {
                              {0, 0, 0, 0},
                              {0.5, 0, 0.125, 0.5},
                              {1, 0, 0.5, 1},
                              {3, 1, 1.5, 1},
                              {1, 3, 1.5, -1},
                          });
  expect_ratings(Huber{.delta = 0.25}, {{3, 1, 0.25 * (2 - 0.125), 0.25}, {0.2, 0, 0.02, 0.2}});
  expect_ratings(Huber{.delta = 4}, {{3, 1, 2, 2}, {-5, 1, 4 * (6 - 2), -4}});
}

// The literature maximises -(s - r)^2; laurel minimises (r - s)^2, whose gradient points away from
// the score.
TEST(Objective, OfScoreFiveIsAQuarterOnBothSides) {
  const Labels five = rating_labels({{.position = 0, .score = 5}});
  for (const double side : {-0.5, 0.5}) {
    const std::vector<double> reward{5 + side};
    EXPECT_DOUBLE_EQ(value_at(SquaredError{}, five, reward), 0.25);
    EXPECT_DOUBLE_EQ(gradient_at(SquaredError{}, five, reward).at(0), 2 * side);
  }
}

TEST(Objective, OfTwoPairsIsWhatPeopleGetByHand) {
  const auto pair = pair_labels({{.better = 0, .worse = 1}});
  EXPECT_NEAR(objective(BradleyTerry{}, pair, {reward_column({3.2, 1.5})}).item<double>(), 0.1678,
              5e-5);
  EXPECT_NEAR(objective(BradleyTerry{}, pair, {reward_column({-0.5, -2.0})}).item<double>(), 0.2014,
              5e-5);
}

TEST(Objective, OfErrorsOfATenthAndFourTenthsIsWhatPeopleGetByHand) {
  const at::Tensor rewards = reward_column({0.6, 0.9, 0.3});
  const std::vector<double> score{0.7, 0.5, 0.4}, expected{0.01, 0.16, 0.01};
  for (int64_t i = 0; i < 3; ++i) {
    const auto labels = rating_labels({{.position = i, .score = score[i]}});
    EXPECT_NEAR(objective(SquaredError{}, labels, {rewards}).item<double>(), expected[i], 1e-12);
  }
  const auto all = rating_labels({{0, 0.7}, {1, 0.5}, {2, 0.4}});
  EXPECT_NEAR(objective(SquaredError{}, all, {rewards}).item<double>() / 3, 0.06, 1e-12);
}

}  // namespace
}  // namespace laurel::table_test
