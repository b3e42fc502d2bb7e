// Unit losses against values and gradients worked by hand.
#pragma once

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "loss/labels.h"
#include "loss/loss.h"

namespace laurel {

struct PairCase {
  double better, worse, margin, target;
  double value, gradient;  // of the term, and its derivative with respect to `better`
  double sum = 0;          // of both derivatives: only regularizers move both rewards one way
  double tie = 0, strength = 1;
};

struct RatingCase {
  double reward, score;
  double value, gradient;
};

struct ListCase {
  std::vector<double> reward;
  std::vector<int64_t> rank;
  double value;
  std::vector<double> gradient;
};

inline RewardColumns starting_columns(const Loss& loss, const std::vector<double>& reward) {
  return columns_of({.reward = reward, .loss_parameters = initial_loss_parameters(loss, 1)});
}

inline void expect_pairs(const Loss& loss, const std::vector<PairCase>& cases) {
  for (const PairCase& c : cases) {
    SCOPED_TRACE(testing::Message() << traits(loss).name << " " << c.better << " over " << c.worse);
    const RewardColumns columns = starting_columns(loss, {c.better, c.worse});
    const at::Tensor value = objective(loss,
                                       pair_labels({{.better = 0,
                                                     .worse = 1,
                                                     .margin = c.margin,
                                                     .target = c.target,
                                                     .strength = c.strength,
                                                     .tie = c.tie}}),
                                       columns);
    value.backward();
    EXPECT_NEAR(value.item<double>(), c.value, 1e-7);
    EXPECT_NEAR(columns.reward.grad()[0].item<double>(), c.gradient, 1e-7);
    EXPECT_NEAR(columns.reward.grad().sum().item<double>(), c.sum, 1e-7);
  }
}

inline void expect_ratings(const Loss& loss, const std::vector<RatingCase>& cases) {
  for (const RatingCase& c : cases) {
    SCOPED_TRACE(testing::Message() << traits(loss).name << " " << c.reward << " for " << c.score);
    const RewardColumns columns = starting_columns(loss, {c.reward});
    const at::Tensor value =
        objective(loss, rating_labels({{.position = 0, .score = c.score}}), columns);
    value.backward();
    EXPECT_NEAR(value.item<double>(), c.value, 1e-7);
    EXPECT_NEAR(columns.reward.grad()[0].item<double>(), c.gradient, 1e-7);
  }
}

inline void expect_lists(const Loss& loss, const std::vector<ListCase>& cases) {
  for (const ListCase& c : cases) {
    SCOPED_TRACE(testing::Message() << traits(loss).name << " of " << c.reward.size());
    List list{.rank = c.rank};
    for (size_t i = 0; i < c.reward.size(); ++i) list.positions.push_back(static_cast<int64_t>(i));
    EXPECT_NEAR(value_at(loss, list_labels({list}), c.reward), c.value, 1e-7);
    EXPECT_THAT(gradient_at(loss, list_labels({list}), c.reward),
                testing::Pointwise(testing::DoubleNear(1e-7), c.gradient));
  }
}

}  // namespace laurel
