// Losses of lists against values and gradients worked by hand, and what they share with pairs.
//
// Of rewards 2, 1, 0: softmax = 0.66524096, 0.24472847, 0.09003057; its -log is 0.40760596,
// 1.40760596, 2.40760596. Of 1, 0: sigmoid(1) = 0.73105858, -log = 0.31326169; sigmoid(2) =
// 0.88079708, -log = 0.12692801.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "loss/labels.h"
#include "loss/loss.h"
#include "loss/value_tables.h"

namespace laurel::list_table_test {
namespace {

using testing::DoubleNear;
using testing::Each;
using testing::Pointwise;

std::vector<Loss> list_losses() {
  std::vector<Loss> losses;
  for (const Loss& loss : all_losses()) {
    if (traits(loss).labels == LabelKind::ranked) losses.push_back(loss);
  }
  return losses;
}

// Two choices: the first of three, then of two.
TEST(PlackettLuce, MatchesValuesWorkedByHand) {
  const double first = 0.40760596, second = 0.31326169;
  expect_lists(
      PlackettLuce{},
      {{{2, 1, 0}, {1, 2, 3}, (first + second) / 2, {-0.16737952, -0.01210648, 0.179486}},
       {{1, 2, 0}, {2, 1, 3}, (first + second) / 2, {-0.01210648, -0.16737952, 0.179486}}});
  expect_lists(PlackettLuce{.top_k = 1},
               {{{2, 1, 0}, {1, 2, 3}, first, {-0.33475904, 0.24472847, 0.09003057}}});
  expect_lists(
      PlackettLuce{.position_weighting = PositionWeighting::exponential},  // 3 : 1
      {{{2, 1, 0}, {1, 2, 3}, (3 * first + second) / 4, {-0.25106928, 0.116311, 0.13475829}}});
  const double w = 1 / std::log2(3.0);
  expect_lists(PlackettLuce{.position_weighting = PositionWeighting::discount},
               {{{2, 1, 0},
                 {1, 2, 3},
                 (first + w * second) / (1 + w),
                 {-0.33475904 / (1 + w), (0.24472847 - w * 0.26894142) / (1 + w),
                  (0.09003057 + w * 0.26894142) / (1 + w)}}});
}

// Both of the tied pair against all three (Breslow); the second against all less half of the pair:
// log(e^2 + e + 1 - (e^2 + e) / 2) = log 6.05366896 = 1.80066451 (Efron).
TEST(PlackettLuce, TreatsTiesByBreslowOrEfron) {
  expect_lists(PlackettLuce{.ties = ChoiceTies::breslow},
               {{{2, 1, 0}, {1, 1, 3}, 0.90760596, {0.16524096, -0.25527153, 0.09003057}}});
  expect_lists(PlackettLuce{.ties = ChoiceTies::efron},
               {{{2, 1, 0}, {1, 1, 3}, 0.60413525, {0.13776832, -0.26537815, 0.12760983}}});
  EXPECT_NEAR((2.40760596 - 2 + 1.80066451 - 1) / 2, 0.60413525, 1e-7);
}

TEST(PlackettLuce, IgnoresTheOrderOfResponsesTiedForLast) {
  for (const ChoiceTies ties : {ChoiceTies::breslow, ChoiceTies::efron}) {
    expect_lists(PlackettLuce{.ties = ties},
                 {{{2, 1, 0}, {1, 2, 2}, 0.40760596, {-0.33475904, 0.24472847, 0.09003057}},
                  {{2, 1, 0}, {1, 1, 1}, 0, {0, 0, 0}},
                  {{2}, {1}, 0, {0}}});
  }
}

// A tied group that begins within the first k counts whole.
TEST(PlackettLuce, TopKTakesATiedGroupWhole) {
  const std::vector<double> rewards{0.3, -1, 2, 0.5};
  const auto labels = list_labels({{.positions = {0, 1, 2, 3}, .rank = {1, 1, 3, 4}}});
  const double of_two = value_at(PlackettLuce{.top_k = 2}, labels, rewards);
  EXPECT_DOUBLE_EQ(value_at(PlackettLuce{.top_k = 1}, labels, rewards), of_two);
  EXPECT_NE(value_at(PlackettLuce{.top_k = 3}, labels, rewards), of_two);
}

TEST(AllPairs, MatchesValuesWorkedByHand) {
  const double close = 0.31326169, far = 0.12692801;
  const double regularizer = (0.26894142 + 0.11920292) / 3;
  expect_lists(
      AllPairs{},
      {{{2, 1, 0}, {1, 2, 3}, (2 * close + far) / 3, {-regularizer, 0, regularizer}},
       {{2, 1, 0}, {1, 2, 2}, (close + far) / 2, {-1.5 * regularizer, 0.13447071, 0.05960146}},
       {{2, 1, 0}, {1, 1, 1}, 0, {0, 0, 0}}});
  // The tied pair at a difference of 1: (0.31326169 + 1.31326169) / 2, sigmoid(1) - 1/2.
  expect_lists(AllPairs{.ties = PairTies::half},
               {{{2, 1, 0},
                 {1, 2, 2},
                 (close + far + 0.81326169) / 3,
                 {-regularizer, (0.26894142 + 0.23105858) / 3, (0.11920292 - 0.23105858) / 3}},
                {{1, 0}, {1, 1}, 0.81326169, {0.23105858, -0.23105858}}});
}

// Scores 2, 1, 0 by rank: the target is the softmax above, -log q = its logarithms: the entropy.
TEST(ListNet, MatchesValuesWorkedByHand) {
  const double entropy =
      0.66524096 * 0.40760596 + 0.24472847 * 1.40760596 + 0.09003057 * 2.40760596;
  expect_lists(ListNet{}, {{{2, 1, 0}, {1, 2, 3}, entropy, {0, 0, 0}},
                           {{0, 0, 0},
                            {1, 2, 3},
                            std::log(3.0),
                            {1.0 / 3 - 0.66524096, 1.0 / 3 - 0.24472847, 1.0 / 3 - 0.09003057}},
                           {{1, 0}, {1, 1}, 0.81326169, {0.23105858, -0.23105858}}});
  // Scores 1, 0 at temperature 1/2 are a target of softmax(2, 0).
  expect_lists(ListNet{.temperature = 0.5},
               {{{0, 0}, {1, 2}, 0.69314718, {0.5 - 0.88079708, 0.88079708 - 0.5}}});
}

// Two responses with scores 1 and 0: gains 1 and 0, ideal DCG 1, discounts 1 and 1 / log2(3).
TEST(Lambda, MatchesValuesWorkedByHand) {
  const double w = 1 - 1 / std::log2(3.0), value = 0.31326169, slope = 0.26894142;
  for (const PairWeighting one : {PairWeighting::lambda_rank, PairWeighting::ndcg2}) {
    expect_lists(Lambda{.weighting = one},
                 {{{1, 0}, {1, 2}, w * value, {-w * slope, w * slope}},
                  {{0, 1}, {1, 2}, w * (value + 1), {-w * (1 - slope), w * (1 - slope)}},
                  {{0, 0}, {1, 2}, w * std::log(2.0), {-w / 2, w / 2}},
                  {{1, 0}, {1, 1}, 0, {0, 0}}});
  }
  expect_lists(Lambda{}, {{{1, 0}, {1, 2}, 11 * w * value, {-11 * w * slope, 11 * w * slope}}});
  expect_lists(Lambda{.weighting = PairWeighting::ndcg2, .sigma = 2},
               {{{1, 0}, {1, 2}, w * 0.12692801, {-2 * w * 0.11920292, 2 * w * 0.11920292}}});
}

TEST(Lambda, StaysFiniteWhateverTheScoresAre) {
  for (const Gain gain : {Gain::exponential, Gain::linear}) {
    const auto labels =
        list_labels({{.positions = {0, 1, 2}, .rank = {1, 2, 3}, .score = {3e4, 200, 0}}});
    const double value = value_at(Lambda{.gain = gain}, labels, std::vector<double>{0, 0.5, 1});
    EXPECT_TRUE(std::isfinite(value));
    EXPECT_GT(value, 0);
  }
}

// Differentiable ranks 1.38814434, 2, 2.61185566 for 1, 2, 3.
TEST(AdrMse, MatchesValuesWorkedByHand) {
  const double error = 0.38814434;
  expect_lists(AdrMse{}, {{{2, 1, 0},
                           {1, 2, 3},
                           (error * error + error * error / 2) / 3,
                           {-0.09162854, 0.02543794, 0.0661906}}});
  const double even =
      0.25 / std::log2(2.5);  // both share rank 1.5; found 1.5 -+ (sigmoid(1) - 1/2)
  expect_lists(AdrMse{}, {{{0, 0}, {1, 1}, 0, {0, 0}},
                          {{0, 0},
                           {1, 2},
                           (0.25 + 0.25 / std::log2(3.0)) / 2,
                           {-0.125 - 0.125 / std::log2(3.0), 0.125 + 0.125 / std::log2(3.0)}}});
  EXPECT_NEAR(value_at(AdrMse{}, list_labels({{{0, 1}, {1, 1}}}), std::vector<double>{1, 0}),
              4 * even * 0.23105858 * 0.23105858, 1e-7);
}

TEST(ListsOfTwo, AreBradleyTerry) {
  const std::vector<double> rewards{0.4, 1.3};
  const auto pair = pair_labels({{0, 1}});
  const auto list = list_labels({{.positions = {0, 1}, .rank = {1, 2}}});
  const BradleyTerry expected{.regularizer = {.center = 0.3, .l2 = 0.2}};
  const auto same = [&](const Loss& loss) {
    EXPECT_NEAR(value_at(loss, list, rewards), value_at(expected, pair, rewards), 1e-14);
    EXPECT_THAT(gradient_at(loss, list, rewards),
                Pointwise(DoubleNear(1e-14), gradient_at(expected, pair, rewards)));
  };
  for (const ChoiceTies ties : {ChoiceTies::breslow, ChoiceTies::efron}) {
    for (const auto weighting :
         {PositionWeighting::none, PositionWeighting::exponential, PositionWeighting::discount}) {
      same(PlackettLuce{.ties = ties,
                        .position_weighting = weighting,
                        .regularizer = {.center = 0.3, .l2 = 0.2}});
    }
  }
  same(AllPairs{.regularizer = {.center = 0.3, .l2 = 0.2}});
}

TEST(ListLosses, IgnoreUnrankedResponses) {
  for (const Loss& loss : list_losses()) {
    const std::vector<double> rewards{0.3, 7, -1, 2, -5};
    const auto with = list_labels({{.positions = {1, 0, 2, 4, 3}, .rank = {-1, 1, 2, -1, 3}}});
    const auto without = list_labels({{.positions = {0, 2, 3}, .rank = {1, 2, 3}}});
    EXPECT_DOUBLE_EQ(value_at(loss, with, rewards), value_at(loss, without, rewards))
        << traits(loss).name;
    const auto gradient = gradient_at(loss, with, rewards);
    EXPECT_EQ(gradient[1], 0);
    EXPECT_EQ(gradient[4], 0);
    EXPECT_THAT(gradient, Pointwise(DoubleNear(1e-15), gradient_at(loss, without, rewards)));
  }
}

TEST(ListLosses, OfNoOrOneRankedResponseAreZero) {
  for (const Loss& loss : list_losses()) {
    if (is_regularized(loss)) continue;
    for (const auto& ranks : {std::vector<int64_t>{-1, -1}, std::vector<int64_t>{-1, 1}}) {
      const auto labels = list_labels({{.positions = {0, 1}, .rank = ranks}});
      EXPECT_NEAR(value_at(loss, labels, std::vector<double>{3, -2}), 0, 1e-15)
          << traits(loss).name;
      EXPECT_THAT(gradient_at(loss, labels, std::vector<double>{3, -2}),
                  Each(DoubleNear(0, 1e-15)));
    }
  }
}

}  // namespace
}  // namespace laurel::list_table_test
