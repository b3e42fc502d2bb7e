// Losses of pairs with ties, strengths, margins and regularizers, against values worked by hand.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "loss/labels.h"
#include "loss/loss.h"
#include "loss/value_tables.h"

namespace laurel::pair_table_test {
namespace {

// Half a win of each at a difference of 2: (0.12692801 + 2.12692801) / 2, sigmoid(2) - 1/2.
TEST(BradleyTerry, TakesATieAsHalfAWinOfEach) {
  expect_pairs(BradleyTerry{},
               {
                   {.better = 3, .worse = 1, .value = 1.12692801, .gradient = 0.38079708, .tie = 1},
                   {.better = 0, .worse = 0, .value = 0.69314718, .tie = 1},
                   {.better = 3,
                    .worse = 1,
                    .target = 0.25,
                    .value = 1.12692801,
                    .gradient = 0.38079708,
                    .tie = 0.5},
               });
}

TEST(BradleyTerry, ScaledMultipliesTheTermByItsStrengthButNotTheRegularizer) {
  const BradleyTerry loss{.scaled = true, .regularizer = {.center = 0.1}};
  expect_pairs(loss, {{3, 1, 0, 1, 3 * 0.12692801 + 1.6, -3 * 0.11920292 + 0.8, 1.6, 0, 3},
                      {1, -1, 0, 1, 0.5 * 0.12692801, -0.5 * 0.11920292, 0, 0, 0.5}});
  expect_pairs(BradleyTerry{}, {{3, 1, 0, 1, 0.12692801, -0.11920292, 0, 0, 3}});
}

TEST(Hinge, OfATieIsFlatWithinTheMargin) {
  expect_pairs(Hinge{}, {
                            {.better = 0.5, .worse = 0, .value = 1, .gradient = 0, .tie = 1},
                            {.better = 3, .worse = 0, .value = 2, .gradient = 0.5, .tie = 1},
                        });
}

// With p = sigmoid(z): won: min(1, 2 (1 - p))^2 (-log p); (2 x 0.26894142)^2 x 0.31326169 at 1.
TEST(Focal, MatchesValuesWorkedByHand) {
  expect_pairs(Focal{}, {
                            // better worse margin target value gradient
                            {1, 0, 0, 1, 0.09063223, -0.21032452},
                            {0, 1, 0, 1, 1.31326169, -0.73105858},
                            {3, 1, 0, 1, 0.00721425, -0.01948376},
                            {3, 1, 1, 1, 0.09063223, -0.21032452},
                            {0, 1, 0, 0, 0.09063223, 0.21032452},
                        });
  expect_pairs(Focal{.fade = Fade::all}, {
                                             {1, 0, 0, 1, 0.02265806, -0.05258113},
                                             {0, 1, 0, 1, 0.70186830, -0.76823472},
                                             {3, 1, 0, 1, 0.00180356, -0.00487094},
                                         });
}

TEST(Focal, WithoutGammaIsBradleyTerry) {
  for (const Fade fade : {Fade::won, Fade::all}) {
    expect_pairs(Focal{.gamma = 0, .fade = fade},
                 {{3, 1, 1, 1, 0.31326169, -0.26894142}, {3, 1, 0, 0, 2.12692801, 0.88079708}});
  }
}

TEST(MarginSquaredError, MatchesValuesWorkedByHand) {
  expect_pairs(MarginSquaredError{}, {
                                         // better worse margin target value gradient
                                         {3, 1, 2, 1, 0, 0},
                                         {3, 1, 0.5, 1, 2.25, 3},
                                         {0, 1, 0.5, 1, 2.25, -3},
                                     });
}

// The lead starts at log 2. At a difference of log 2: P(better) = sigmoid(0) = 1/2, P(worse) =
// sigmoid(-2 log 2) = 1/5, P(tie) = the rest = 3/10. Derivatives by the difference:
// -sigmoid(h - z) = -1/2 for better, sigmoid(z + h) = 4/5 for worse, their sum for a tie.
TEST(RaoKupper, MatchesProbabilitiesWorkedByHand) {
  const double z = std::log(2.0);
  expect_pairs(RaoKupper{},
               {
                   {.better = z, .target = 1, .value = -std::log(0.5), .gradient = -0.5},
                   {.better = z, .target = 0, .value = -std::log(0.2), .gradient = 0.8},
                   {.better = z, .value = -std::log(0.3), .gradient = 0.3, .tie = 1},
                   {.target = 1, .value = std::log(3.0), .gradient = -2.0 / 3},
                   {.value = std::log(3.0), .tie = 1},
                   {.better = z,
                    .target = 0.5,
                    .value = -0.5 * std::log(0.5) - 0.25 * std::log(0.3) - 0.25 * std::log(0.2),
                    .gradient = -0.25 + 0.075 + 0.2,
                    .tie = 0.25},
               });
}

// n starts at 1. At a difference of 2 log 2 the three weights are 2, 1 and 1/2.
TEST(Davidson, MatchesProbabilitiesWorkedByHand) {
  const double z = 2 * std::log(2.0);
  expect_pairs(Davidson{},
               {
                   {.better = z, .target = 1, .value = -std::log(4.0 / 7), .gradient = -2.0 / 7},
                   {.better = z, .target = 0, .value = -std::log(1.0 / 7), .gradient = 5.0 / 7},
                   {.better = z, .value = -std::log(2.0 / 7), .gradient = 3.0 / 14, .tie = 1},
                   {.target = 1, .value = std::log(3.0), .gradient = -0.5},
                   {.value = std::log(3.0), .tie = 1},
               });
}

TEST(TieLosses, GiveThreeProbabilitiesThatSumToOneForAnyParameter) {
  for (const Loss& loss : {Loss{RaoKupper{}}, Loss{Davidson{}}}) {
    for (const double number : {-30.0, -1.0, 0.5, 4.0}) {
      const Inputs inputs{.reward = {0.8, 0.1}, .loss_parameters = {number}};
      double sum = 0;
      for (const Pair& outcome : {Pair{0, 1}, Pair{.better = 0, .worse = 1, .target = 0},
                                  Pair{.better = 0, .worse = 1, .target = 0, .tie = 1}}) {
        sum += std::exp(-value_at(loss, pair_labels({outcome}), inputs));
      }
      EXPECT_NEAR(sum, 1, 1e-12) << traits(loss).name;
    }
  }
}

TEST(TieLosses, BecomeBradleyTerryWhereTiesNeverHappen) {
  const auto pair = pair_labels({{0, 1}});
  const double expected = value_at(BradleyTerry{}, pair, std::vector<double>{0.8, 0.1});
  for (const Loss& loss : {Loss{RaoKupper{}}, Loss{Davidson{}}}) {
    EXPECT_NEAR(value_at(loss, pair, Inputs{.reward = {0.8, 0.1}, .loss_parameters = {-40}}),
                expected, 1e-12);
  }
}

// l2 (3^2 + 1^2) / 2 = 0.5, its derivatives l2 r = 0.3 and 0.1.
TEST(ComparisonRegularizer, AddsTheMeanOfBothSquaredRewards) {
  expect_pairs(BradleyTerry{.regularizer = {.l2 = 0.1}},
               {{3, 1, 0, 1, 0.12692801 + 0.5, -0.11920292 + 0.3, 0.4}});
}

}  // namespace
}  // namespace laurel::pair_table_test
