// What losses say of themselves: names, labels, row fields, columns, learned numbers, predictions.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "loss/labels.h"
#include "loss/loss.h"

namespace laurel::traits_test {
namespace {

using testing::UnorderedElementsAre;

std::set<std::string> names_where(auto&& holds) {
  std::set<std::string> names;
  for (const Loss& loss : all_losses()) {
    if (holds(loss)) names.insert(traits(loss).name);
  }
  return names;
}

TEST(Losses, SayWhichLabelsTheyTakeByName) {
  const auto names = [](LabelKind kind) {
    return names_where([&](const Loss& loss) { return traits(loss).labels == kind; });
  };
  EXPECT_THAT(names(LabelKind::pairwise),
              UnorderedElementsAre("bradley_terry", "hinge", "focal", "margin_squared_error",
                                   "rao_kupper", "davidson"));
  EXPECT_THAT(names(LabelKind::pointwise),
              UnorderedElementsAre("squared_error", "absolute_error", "huber", "quantile",
                                   "binary_cross_entropy", "ordinal", "gaussian"));
  EXPECT_THAT(names(LabelKind::ranked),
              UnorderedElementsAre("plackett_luce", "all_pairs", "listnet", "lambda", "adr_mse"));
  EXPECT_EQ(names_where([](const Loss&) { return true; }).size(), std::variant_size_v<Loss>);
}

TEST(Losses, SayWhichFieldsOfARowTheyRead) {
  const auto names = [](bool PairTraits::*trait) {
    return names_where([&](const Loss& loss) { return traits(loss).pair.*trait; });
  };
  EXPECT_THAT(names(&PairTraits::uses_margin),
              UnorderedElementsAre("bradley_terry", "focal", "margin_squared_error"));
  EXPECT_THAT(names(&PairTraits::needs_margin), UnorderedElementsAre("margin_squared_error"));
  for (const auto takes : {&PairTraits::takes_ties, &PairTraits::takes_soft_targets}) {
    EXPECT_THAT(names(takes),
                UnorderedElementsAre("bradley_terry", "hinge", "focal", "rao_kupper", "davidson"));
  }
  EXPECT_FALSE(traits(BradleyTerry{}).pair.uses_strength);
  EXPECT_TRUE(traits(BradleyTerry{.scaled = true}).pair.uses_strength);
  EXPECT_THAT(names(&PairTraits::uses_strength), UnorderedElementsAre("bradley_terry"));
}

TEST(Losses, SayWhichScoresTheyCannotTake) {
  EXPECT_THAT(names_where([](const Loss& loss) { return traits(loss).pointwise.fixed_scale; }),
              UnorderedElementsAre("binary_cross_entropy", "ordinal"));
  EXPECT_EQ(score_problem(SquaredError{}, -1e30f), std::nullopt);
  EXPECT_EQ(score_problem(BinaryCrossEntropy{}, 0.5), std::nullopt);
  EXPECT_EQ(score_problem(BinaryCrossEntropy{}, 1.01f), "expected a number from 0 to 1");
  EXPECT_EQ(score_problem(BinaryCrossEntropy{}, std::nanf("")), "expected a number from 0 to 1");
  const Ordinal ordinal{.lowest = -1, .levels = 3};
  for (const float score : {-1, 0, 1}) EXPECT_EQ(score_problem(ordinal, score), std::nullopt);
  for (const float score : {-2.f, 0.5f, 2.f}) {
    EXPECT_EQ(score_problem(ordinal, score), "expected a whole number from -1 to 1");
  }
  EXPECT_EQ(score_problem(Lambda{}, 0), std::nullopt);
  EXPECT_EQ(score_problem(Lambda{}, -1), "expected a number that is at least 0");
}

TEST(Losses, SayHowManyColumnsAndParametersTheyHave) {
  EXPECT_EQ(traits(SquaredError{}).pointwise.columns_per_attribute, 1);
  EXPECT_EQ(traits(Gaussian{}).pointwise.columns_per_attribute, 2);
  EXPECT_EQ(initial_loss_parameters(Huber{}, 3).size(), 0u);
  EXPECT_EQ(initial_loss_parameters(Ordinal{.levels = 4}, 3).size(), 9u);
  EXPECT_EQ(initial_loss_parameters(Davidson{}, 1), std::vector<double>{0});
  EXPECT_EQ(initial_loss_parameters(RaoKupper{}, 1), std::vector<double>{std::log(3.0)});
}

TEST(Prediction, IsTheRewardUnlessTheLossHasItsOwnScale) {
  const RewardColumns columns{.reward = numbers({-1, 0, 2}).view({3, 1})};
  EXPECT_TRUE(prediction(SquaredError{}, columns).equal(columns.reward));
  EXPECT_TRUE(prediction(BradleyTerry{}, columns).equal(columns.reward));
  EXPECT_NEAR(prediction(BinaryCrossEntropy{}, columns)[2].item<double>(), 0.88079708, 1e-8);
  EXPECT_FALSE(predicted_deviation(SquaredError{}, columns).defined());
}

// Cut points -1 and 1: sigmoid(1) + sigmoid(-1) = 1, so reward 0 lies at the middle level.
TEST(Prediction, OfOrdinalIsTheExpectedLevelOfEachAttribute) {
  const double gap = std::log(std::expm1(2.0));
  const RewardColumns columns{.reward = numbers({0, 1, 1e4, -1e4}).view({2, 2}),
                              .loss_parameters = numbers({-1, gap, 0, gap})};
  const at::Tensor predicted = prediction(Ordinal{.lowest = 5, .levels = 3}, columns);
  EXPECT_NEAR(predicted[0][0].item<double>(), 6, 1e-12);
  EXPECT_NEAR(predicted[0][1].item<double>(), 6, 1e-12);  // its cut points are 0 and 2
  EXPECT_NEAR(predicted[1][0].item<double>(), 7, 1e-12);
  EXPECT_NEAR(predicted[1][1].item<double>(), 5, 1e-12);
}

TEST(Prediction, OfGaussianHasADeviation) {
  const RewardColumns columns{.reward = numbers({1, 1, 1, 1}).view({4, 1}),
                              .log_variance = numbers({0, 2, 1e6, -1e6}).view({4, 1})};
  const at::Tensor deviation = predicted_deviation(Gaussian{}, columns);
  EXPECT_NEAR(deviation[0].item<double>(), 1, 1e-6);
  EXPECT_NEAR(deviation[1].item<double>(), std::exp(1.0), 1e-3);
  EXPECT_NEAR(deviation[2].item<double>(), std::exp(5.0), 1e-6);
  EXPECT_NEAR(deviation[3].item<double>(), std::exp(-5.0), 1e-6);
  EXPECT_TRUE(prediction(Gaussian{}, columns).equal(columns.reward));
}

}  // namespace
}  // namespace laurel::traits_test
