// What every loss keeps to: true gradients, weights, empty and extreme inputs.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "loss/labels.h"
#include "loss/loss.h"

namespace laurel::objective_test {
namespace {

using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pointwise;
using testing::ThrowsMessage;

const std::vector<double> kRewards{0.31, -0.62, 1.7, 0.05, -1.13};

std::vector<Loss> losses_of(LabelKind kind) {
  std::vector<Loss> losses;
  for (const Loss& loss : all_losses()) {
    if (traits(loss).labels == kind) losses.push_back(loss);
  }
  return losses;
}

void expect_same(const Loss& loss, const Labels& a, const Labels& b) {
  EXPECT_NEAR(value_at(loss, a, kRewards), value_at(loss, b, kRewards), 1e-14) << traits(loss).name;
  EXPECT_THAT(gradient_at(loss, a, kRewards),
              Pointwise(DoubleNear(1e-14), gradient_at(loss, b, kRewards)))
      << traits(loss).name;
}

TEST(EveryLoss, HasTheGradientOfItsValueByAllItsInputs) {
  for (const Loss& loss : all_losses()) {
    const Labels labels = example_labels(loss);
    const auto gradient = gradient_at(loss, labels, kRewards);
    Inputs above = inputs_for(loss, kRewards), below = above;
    ASSERT_EQ(gradient.size(), above.all().size());
    for (size_t i = 0; i < gradient.size(); ++i) {
      const double step = 1e-6;
      *above.all()[i] += step;
      *below.all()[i] -= step;
      const double numerical =
          (value_at(loss, labels, above) - value_at(loss, labels, below)) / (2 * step);
      EXPECT_NEAR(gradient[i], numerical, 1e-8) << traits(loss).name << " input " << i;
      *above.all()[i] -= step;
      *below.all()[i] += step;
    }
  }
}

TEST(EveryLoss, OfNoTermsIsZeroWithAZeroGradient) {
  for (const Loss& loss : all_losses()) {
    EXPECT_EQ(value_at(loss, no_labels(loss), kRewards), 0) << traits(loss).name;
    EXPECT_THAT(gradient_at(loss, no_labels(loss), kRewards), Each(0));
    const at::Tensor none = at::zeros({0, 1}, at::kDouble);
    const at::Tensor numbers = columns_of(inputs_for(loss, kRewards)).loss_parameters;
    EXPECT_EQ(objective(loss, no_labels(loss), {none, none, numbers}).item<double>(), 0);
  }
}

TEST(EveryLoss, StaysFiniteAtRewardsOfTenThousand) {
  for (const Loss& loss : all_losses()) {
    for (const auto type : {at::kFloat, at::kDouble}) {
      for (const double size : {1e4, -1e4}) {
        RewardColumns columns = columns_of(inputs_for(loss, kRewards));
        const auto leaf = [&](const at::Tensor& x) {
          return x.detach().to(type).clone().requires_grad_();
        };
        columns.reward = leaf(numbers({size, -size, size, size, -size}).unsqueeze(1));
        if (columns.log_variance.defined()) columns.log_variance = leaf(columns.reward);
        if (columns.loss_parameters.defined())
          columns.loss_parameters = leaf(columns.loss_parameters * size);
        const at::Tensor value = objective(loss, example_labels(loss), columns);
        value.backward();
        EXPECT_TRUE(std::isfinite(value.item<double>())) << traits(loss).name;
        for (const at::Tensor& x :
             {columns.reward, columns.log_variance, columns.loss_parameters}) {
          if (!x.defined()) continue;
          EXPECT_TRUE(x.grad().isfinite().all().item<bool>()) << traits(loss).name;
        }
      }
    }
  }
}

TEST(EveryLoss, ComputesInTheTypeOfTheRewards) {
  for (const Loss& loss : all_losses()) {
    RewardColumns columns = columns_of(inputs_for(loss, kRewards));
    for (at::Tensor* x : {&columns.reward, &columns.log_variance, &columns.loss_parameters}) {
      if (x->defined()) *x = x->to(at::kFloat);
    }
    const at::Tensor in_float = objective(loss, example_labels(loss), columns);
    EXPECT_EQ(in_float.scalar_type(), at::kFloat);
    EXPECT_EQ(in_float.dim(), 0);
    EXPECT_NEAR(in_float.item<float>(), value_at(loss, example_labels(loss), kRewards), 1e-5);
  }
}

TEST(EveryLoss, CountsADuplicatedTermLikeAWeightOfTwo) {
  for (const Loss& loss : losses_of(LabelKind::pairwise)) {
    expect_same(loss, pair_labels({{0, 1}, {0, 1}, {2, 4}}),
                pair_labels({{.better = 0, .worse = 1, .weight = 2}, {2, 4}}));
  }
  for (const Loss& loss : losses_of(LabelKind::pointwise)) {
    expect_same(loss, rating_labels({{1, 1}, {1, 1}, {2, 0}}),
                rating_labels({{.position = 1, .score = 1, .weight = 2}, {2, 0}}));
  }
  for (const Loss& loss : losses_of(LabelKind::ranked)) {
    const List list{.positions = {0, 1, 4}, .rank = {1, 2, 2}};
    const List other{.positions = {3, 2}, .rank = {1, 2}};
    List twice = list;
    twice.weight = 2;
    expect_same(loss, list_labels({list, list, other}), list_labels({twice, other}));
  }
}

TEST(EveryLoss, DoesNotDependOnTheOrderOfTermsAndPositions) {
  const std::vector<double> turned{3, 0.5, 0.2, -1};  // position i is position i - 1 of the other
  const std::vector<double> rewards{0.5, 0.2, -1, 3};
  for (const Loss& loss : all_losses()) {
    // Their spreads would have to turn, too.
    if (traits(loss).pointwise.columns_per_attribute == 2) continue;
    const auto labels = [&](int64_t by, bool backwards) -> Labels {
      const auto position = [&](int64_t i) { return (i + by) % 4; };
      if (traits(loss).labels == LabelKind::pairwise) {
        if (backwards) return pair_labels({{position(2), position(3)}, {position(0), position(1)}});
        return pair_labels({{position(0), position(1)}, {position(2), position(3)}});
      }
      if (traits(loss).labels == LabelKind::pointwise) {
        if (backwards) return rating_labels({{position(3), 1}, {position(1), 0}});
        return rating_labels({{position(1), 0}, {position(3), 1}});
      }
      List list{.positions = {position(0), position(1), position(2), position(3)},
                .rank = {1, 3, 3, 2}};
      if (backwards) {
        std::reverse(list.positions.begin(), list.positions.end());
        std::reverse(list.rank.begin(), list.rank.end());
      }
      return list_labels({list});
    };
    const double expected = value_at(loss, labels(0, false), rewards);
    EXPECT_NEAR(value_at(loss, labels(0, true), rewards), expected, 1e-14) << traits(loss).name;
    EXPECT_NEAR(value_at(loss, labels(1, false), turned), expected, 1e-14) << traits(loss).name;
    EXPECT_NEAR(value_at(loss, labels(1, true), turned), expected, 1e-14) << traits(loss).name;
  }
}

TEST(PairAndListLosses, SeeOnlyDifferencesOfRewards) {
  std::vector<double> shifted = kRewards;
  for (double& reward : shifted) reward += 100;
  for (const Loss& loss : all_losses()) {
    if (traits(loss).labels == LabelKind::pointwise) continue;
    if (is_regularized(loss)) continue;
    EXPECT_NEAR(value_at(loss, example_labels(loss), shifted),
                value_at(loss, example_labels(loss), kRewards), 1e-12)
        << traits(loss).name;
  }
}

// Regularizers see rewards, not labels; everything else of a pair's loss changes sides with the
// label.
TEST(PairLosses, OfTheOppositeTargetAreThoseOfTheSwappedPair) {
  for (const Loss& loss : losses_of(LabelKind::pairwise)) {
    if (!traits(loss).pair.takes_soft_targets) continue;
    expect_same(loss, pair_labels({{.better = 0, .worse = 1, .target = 0}}),
                pair_labels({{.better = 1, .worse = 0}}));
    expect_same(loss, pair_labels({{.better = 0, .worse = 1, .target = 0.2, .tie = 0.3}}),
                pair_labels({{.better = 1, .worse = 0, .target = 0.5, .tie = 0.3}}));
  }
}

TEST(PairLosses, OfASwappedPairHaveTheMirroredGradient) {
  for (const Loss& loss : losses_of(LabelKind::pairwise)) {
    const auto labelled =
        gradient_at(loss, pair_labels({{.better = 0, .worse = 1}}), std::vector<double>{0.7, -0.4});
    const auto swapped =
        gradient_at(loss, pair_labels({{.better = 1, .worse = 0}}), std::vector<double>{-0.4, 0.7});
    EXPECT_NEAR(swapped[0], labelled[1], 1e-14) << traits(loss).name;
    EXPECT_NEAR(swapped[1], labelled[0], 1e-14) << traits(loss).name;
    if (is_regularized(loss)) continue;
    EXPECT_NEAR(labelled[0], -labelled[1], 1e-14) << traits(loss).name;
  }
}

TEST(EveryLoss, IgnoresATermOfWeightZeroWhateverItHolds) {
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double odd : {0.0, 1e300, infinity, nan}) {
    std::vector<double> rewards = kRewards;
    rewards[2] = rewards[3] = odd;
    const auto expect_absent = [&](const Loss& loss, const Labels& with, const Labels& without) {
      // Sums over longer lists may round in another order.
      EXPECT_NEAR(value_at(loss, with, rewards), value_at(loss, without, rewards), 1e-15);
      const auto gradient = gradient_at(loss, with, rewards);
      EXPECT_THAT(gradient, Pointwise(DoubleNear(1e-15), gradient_at(loss, without, rewards)));
      EXPECT_EQ(gradient[2], 0) << traits(loss).name;
      EXPECT_EQ(gradient[3], 0) << traits(loss).name;
    };
    for (const Loss& loss : losses_of(LabelKind::pairwise)) {
      expect_absent(loss,
                    pair_labels({{0, 1}, {.better = 2, .worse = 3, .margin = odd, .weight = 0}}),
                    pair_labels({{0, 1}}));
    }
    for (const Loss& loss : losses_of(LabelKind::pointwise)) {
      expect_absent(loss, rating_labels({{0, 1}, {.position = 2, .score = odd, .weight = 0}}),
                    rating_labels({{0, 1}}));
    }
    for (const Loss& loss : losses_of(LabelKind::ranked)) {
      const List list{.positions = {0, 1, 4}, .rank = {1, 2, 3}};
      expect_absent(
          loss,
          list_labels(
              {list, {.positions = {2, 3}, .rank = {1, 2}, .score = {1, odd}, .weight = 0}}),
          list_labels({list}));
      expect_absent(loss,
                    list_labels({{.positions = {2, 0, 1, 3, 4},
                                  .rank = {-1, 1, 2, -1, 3},
                                  .score = {odd, 2, 1, odd, 0}}}),
                    list_labels({list}));
    }
  }
}

TEST(PointwiseLosses, SumOverLabelledAttributes) {
  const PointwiseLabels labels{.positions = at::tensor({1, 0}, at::kLong),
                               .score = numbers({1, 2, 3, 4}).view({2, 2}),
                               .weight = numbers({1, 0, 2, 1}).view({2, 2})};
  const at::Tensor rewards = numbers({1, 1, 3, 5}).view({2, 2}).requires_grad_();
  const at::Tensor value = objective(SquaredError{}, labels, {rewards});
  value.backward();
  EXPECT_DOUBLE_EQ(value.item<double>(), 1 * 4 + 2 * 4 + 1 * 9);
  EXPECT_TRUE(rewards.grad().equal(numbers({-8, -6, 4, 0}).view({2, 2})));
}

TEST(Objective, AssertsThatLabelsAreOfTheKindOfTheLoss) {
  const at::Tensor rewards = reward_column(kRewards), two_columns = at::zeros({5, 2});
  const auto expect_refused = [](const Loss& loss, const Labels& labels, const at::Tensor& reward,
                                 const char* message) {
    EXPECT_THAT([&] { objective(loss, labels, {reward}); },
                ThrowsMessage<c10::Error>(HasSubstr(message)));
  };
  expect_refused(Hinge{}, rating_labels({{0, 1}}), rewards, "hinge: labels of another kind");
  expect_refused(Huber{}, pair_labels({{0, 1}}), rewards, "huber: labels of another kind");
  expect_refused(AllPairs{}, pair_labels({{0, 1}}), rewards, "all_pairs: labels of another kind");
  expect_refused(Hinge{}, pair_labels({{0, 1}}), two_columns, "pairs take one reward column");
  expect_refused(Huber{}, rating_labels({{0, 1}}), two_columns,
                 "as many reward columns as attributes");
}

}  // namespace
}  // namespace laurel::objective_test
