// What every loss keeps to: true gradients, weights, empty and extreme inputs.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "loss/labels.h"
#include "loss/loss.h"

namespace laurel {
namespace {

Labels no_labels(const Loss& loss) {
  if (label_kind(loss) == LabelKind::pairwise) return pair_labels({});
  return rating_labels({});
}

const std::vector<double> kRewards{0.31, -0.62, 1.7, 0.05, -1.13};

double value_at(const Loss& loss, const Labels& labels, const std::vector<double>& rewards) {
  return objective(loss, labels, {reward_rows(rewards)}).item<double>();
}

std::vector<double> gradient_at(const Loss& loss, const Labels& labels,
                                const std::vector<double>& rewards) {
  const at::Tensor rows = reward_rows(rewards);
  objective(loss, labels, {rows}).backward();
  const double* data = rows.grad().data_ptr<double>();
  return {data, data + rewards.size()};
}

TEST(EveryLoss, HasTheGradientOfItsValue) {
  for (const Loss& loss : all_losses()) {
    const Labels labels = some_labels(loss);
    const auto gradient = gradient_at(loss, labels, kRewards);
    for (size_t i = 0; i < kRewards.size(); ++i) {
      const double step = 1e-6;
      auto above = kRewards, below = kRewards;
      above[i] += step;
      below[i] -= step;
      const double numerical =
          (value_at(loss, labels, above) - value_at(loss, labels, below)) / (2 * step);
      EXPECT_NEAR(gradient[i], numerical, 1e-8) << loss_name(loss) << " row " << i;
    }
  }
}

TEST(EveryLoss, OfNoUnitsIsZeroWithAZeroGradient) {
  for (const Loss& loss : all_losses()) {
    EXPECT_EQ(value_at(loss, no_labels(loss), kRewards), 0) << loss_name(loss);
    for (const double g : gradient_at(loss, no_labels(loss), kRewards)) EXPECT_EQ(g, 0);
    EXPECT_EQ(objective(loss, no_labels(loss), {at::zeros({0, 1})}).item<float>(), 0);
  }
}

TEST(EveryLoss, StaysFiniteAtRewardsOfTenThousand) {
  for (const Loss& loss : all_losses()) {
    for (const auto type : {at::kFloat, at::kDouble}) {
      const at::Tensor rewards =
          at::tensor({1e4, -1e4, 1e4, 1e4, -1e4}, type).unsqueeze(1).requires_grad_();
      const at::Tensor value = objective(loss, some_labels(loss), {rewards});
      value.backward();
      EXPECT_TRUE(std::isfinite(value.item<double>())) << loss_name(loss);
      EXPECT_TRUE(rewards.grad().isfinite().all().item<bool>()) << loss_name(loss);
    }
  }
}

TEST(EveryLoss, ComputesInTheTypeOfTheRewards) {
  for (const Loss& loss : all_losses()) {
    const at::Tensor rewards = numbers(kRewards).unsqueeze(1);
    const at::Tensor in_float = objective(loss, some_labels(loss), {rewards.to(at::kFloat)});
    EXPECT_EQ(in_float.scalar_type(), at::kFloat);
    EXPECT_EQ(in_float.dim(), 0);
    EXPECT_NEAR(in_float.item<float>(), value_at(loss, some_labels(loss), kRewards), 1e-5);
  }
}

TEST(PairLosses, CountADuplicatedPairLikeAWeightOfTwo) {
  for (const Loss& loss : all_losses()) {
    if (label_kind(loss) != LabelKind::pairwise) continue;
    const auto twice = pair_labels({{0, 1}, {0, 1}, {2, 4}});
    const auto heavy = pair_labels({{.better = 0, .worse = 1, .weight = 2}, {2, 4}});
    EXPECT_DOUBLE_EQ(value_at(loss, twice, kRewards), value_at(loss, heavy, kRewards));
    EXPECT_EQ(gradient_at(loss, twice, kRewards), gradient_at(loss, heavy, kRewards));
  }
}

TEST(PointwiseLosses, CountADuplicatedRatingLikeAWeightOfTwo) {
  for (const Loss& loss : all_losses()) {
    if (label_kind(loss) != LabelKind::pointwise) continue;
    const auto twice = rating_labels({{1, 0.4}, {1, 0.4}, {2, 0.9}});
    const auto heavy = rating_labels({{.row = 1, .score = 0.4, .weight = 2}, {2, 0.9}});
    EXPECT_DOUBLE_EQ(value_at(loss, twice, kRewards), value_at(loss, heavy, kRewards));
    EXPECT_EQ(gradient_at(loss, twice, kRewards), gradient_at(loss, heavy, kRewards));
  }
}

TEST(PairLosses, ArePermutedWithTheRows) {
  for (const Loss& loss : all_losses()) {
    if (label_kind(loss) != LabelKind::pairwise) continue;
    const double forward = value_at(loss, pair_labels({{0, 1}, {2, 3}}), {0.5, 0.2, -1, 3});
    EXPECT_DOUBLE_EQ(value_at(loss, pair_labels({{1, 2}, {3, 0}}), {3, 0.5, 0.2, -1}), forward);
  }
}

// Without centring a pair's loss depends on the difference of its rewards alone.
TEST(BradleyTerry, SwappingBetterAndWorseNegatesTheGradient) {
  for (const double label_smoothing : {0.0, 0.2}) {
    const BradleyTerry loss{.label_smoothing = label_smoothing};
    const auto as_judged = gradient_at(loss, pair_labels({{.better = 0, .worse = 1}}), {0.7, -0.4});
    const auto swapped = gradient_at(loss, pair_labels({{.better = 1, .worse = 0}}), {-0.4, 0.7});
    EXPECT_DOUBLE_EQ(as_judged[0], -as_judged[1]);
    EXPECT_DOUBLE_EQ(swapped[0], -as_judged[0]);
    EXPECT_DOUBLE_EQ(swapped[1], -as_judged[1]);
  }
}

TEST(PairLosses, OfTheOppositeTargetAreThoseOfTheSwappedPair) {
  for (const Loss& loss : all_losses()) {
    if (label_kind(loss) != LabelKind::pairwise) continue;
    const auto lost = pair_labels({{.better = 0, .worse = 1, .target = 0}});
    const auto swapped = pair_labels({{.better = 1, .worse = 0}});
    EXPECT_DOUBLE_EQ(value_at(loss, lost, kRewards), value_at(loss, swapped, kRewards));
    const auto expected = gradient_at(loss, swapped, kRewards);
    for (size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR(gradient_at(loss, lost, kRewards)[i], expected[i], 1e-12) << loss_name(loss);
    }
  }
}

TEST(PairLosses, GiveAPairOfWeightZeroNoPart) {
  for (const Loss& loss : all_losses()) {
    if (label_kind(loss) != LabelKind::pairwise) continue;
    const auto with = pair_labels({{0, 1}, {.better = 2, .worse = 3, .weight = 0}});
    const auto without = pair_labels({{0, 1}});
    EXPECT_EQ(value_at(loss, with, kRewards), value_at(loss, without, kRewards));
    EXPECT_EQ(gradient_at(loss, with, kRewards), gradient_at(loss, without, kRewards));
  }
}

TEST(PointwiseLosses, GiveAnUnjudgedCellNoPartWhateverItsScoreHolds) {
  for (const Loss& loss : all_losses()) {
    if (label_kind(loss) != LabelKind::pointwise) continue;
    const auto without = rating_labels({{0, 0.5}});
    for (const double score : {0.0, 1e300, std::numeric_limits<double>::infinity(),
                               std::numeric_limits<double>::quiet_NaN()}) {
      const auto with = rating_labels({{0, 0.5}, {.row = 2, .score = score, .weight = 0}});
      EXPECT_EQ(value_at(loss, with, kRewards), value_at(loss, without, kRewards));
      EXPECT_EQ(gradient_at(loss, with, kRewards), gradient_at(loss, without, kRewards));
    }
  }
}

TEST(PointwiseLosses, SumOverAttributesThatWereJudged) {
  const PointwiseLabels labels{.rows = at::tensor({1, 0}, at::kLong),
                               .score = numbers({1, 2, 3, 4}).view({2, 2}),
                               .weight = numbers({1, 0, 2, 1}).view({2, 2})};
  const at::Tensor rewards = numbers({1, 1, 3, 5}).view({2, 2}).requires_grad_();
  const at::Tensor value = objective(SquaredError{}, labels, {rewards});
  value.backward();
  EXPECT_DOUBLE_EQ(value.item<double>(), 1 * 4 + 2 * 4 + 1 * 9);
  EXPECT_TRUE(rewards.grad().equal(numbers({-8, -6, 4, 0}).view({2, 2})));
}

TEST(Losses, SayWhichLabelsTheyTakeByName) {
  std::vector<std::string> names;
  for (const Loss& loss : {Loss{BradleyTerry{}}, Loss{Hinge{}}, Loss{SquaredError{}},
                           Loss{AbsoluteError{}}, Loss{Huber{}}}) {
    names.push_back(loss_name(loss));
    EXPECT_EQ(label_kind(loss), names.size() <= 2 ? LabelKind::pairwise : LabelKind::pointwise);
    EXPECT_EQ(uses_margin(loss), names.back() == "bradley_terry");
  }
  EXPECT_EQ(names, (std::vector<std::string>{"bradley_terry", "hinge", "squared_error",
                                             "absolute_error", "huber"}));
}

TEST(Objective, AssertsThatLabelsAreOfTheKindOfTheLoss) {
  const at::Tensor rewards = reward_rows(kRewards);
  EXPECT_THROW(objective(Hinge{}, rating_labels({{0, 1}}), {rewards}), c10::Error);
  EXPECT_THROW(objective(Huber{}, pair_labels({{0, 1}}), {rewards}), c10::Error);
  EXPECT_THROW(objective(Hinge{}, pair_labels({{0, 1}}), {at::zeros({5, 2})}), c10::Error);
  EXPECT_THROW(objective(Huber{}, rating_labels({{0, 1}}), {at::zeros({5, 2})}), c10::Error);
}

}  // namespace
}  // namespace laurel
