// Metrics of lists against scipy and by hand, and the baselines of segments.
#include "eval/list_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "eval/synthetic_outcomes.h"

namespace laurel::list_metrics_test {
namespace {

using testing::DoubleEq;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::Optional;

enum List { accuracy, longer_wins, kendall, ndcg, top_1, random_top_1 };

MetricValues of(const std::vector<ListOutcome>& outcomes) {
  return list_metrics(outcomes).values(once(outcomes.size()));
}

TEST(ListMetrics, EqualScipy) {
  std::vector<ListOutcome> with_order;
  for (const ListOutcome& list : lists(20)) {
    if (has_order(list)) with_order.push_back(list);
  }
  EXPECT_EQ(with_order.size(), 14u);
  expect_values(of(with_order), {0.5586080586080586, 0.5480769230769231, 0.13002514886284527,
                                 0.8118760359102243, 0.42857142857142855, 0.413095238095238});
}

// Rewards order b, a, c; people a, b, c. Pairs: ab wrong, ac and bc right.
TEST(ListMetrics, OfThreeResponsesWorkedByHand) {
  const MetricValues values =
      of({{.reward = {2, 3, 1}, .rank = {1, 2, 3}, .score = {2, 1, 0}, .length = {9, 5, 7}}});
  EXPECT_THAT(values[accuracy], Optional(DoubleEq(2.0 / 3)));
  EXPECT_THAT(values[longer_wins], Optional(DoubleEq(2.0 / 3)));
  EXPECT_THAT(values[kendall], Optional(DoubleEq(1.0 / 3)));
  const double second = 1 / std::log2(3);
  EXPECT_THAT(values[ndcg], Optional(DoubleNear((1 + 2 * second) / (2 + second), 1e-15)));
  EXPECT_THAT(values[top_1], Optional(0.0));
  EXPECT_THAT(values[random_top_1], Optional(DoubleEq(1.0 / 3)));
}

TEST(ListMetrics, OfARightOrderAreOneAndOfAReversedOneTheLeast) {
  ListOutcome list{.reward = {7, 5, 1}, .rank = {1, 2, 2}, .score = {5, 3, 3}, .length = {1, 1, 1}};
  EXPECT_THAT(of({list})[accuracy], Optional(1.0));
  EXPECT_THAT(of({list})[ndcg], Optional(1.0));
  EXPECT_THAT(of({list})[top_1], Optional(1.0));
  list.reward = {0, 5, 1};
  EXPECT_THAT(of({list})[accuracy], Optional(0.0));
  EXPECT_THAT(of({list})[ndcg], Optional(DoubleNear(0.5, 1e-15)));
}

TEST(ListMetrics, OfAConstantModelAreChance) {
  const MetricValues values = of({{.reward = {1, 1, 1, 1},
                                   .rank = {1, 1, 3, 4},
                                   .score = {2, 2, 1, 0},
                                   .length = {1, 1, 1, 1}}});
  EXPECT_THAT(values[accuracy], Optional(0.5));
  EXPECT_EQ(values[kendall], std::nullopt);
  EXPECT_THAT(values[top_1], Optional(0.5));
  EXPECT_THAT(values[random_top_1], Optional(0.5));
}

// The length of a list does not weigh: one right pair and one wrong list of six pairs.
TEST(ListMetrics, AreMeansOverLists) {
  const MetricValues values =
      of({{.reward = {1, 0}, .rank = {1, 2}, .score = {1, 0}, .length = {0, 0}},
          {.reward = {0, 1, 2, 3},
           .rank = {1, 2, 3, 4},
           .score = {3, 2, 1, 0},
           .length = {0, 0, 0, 0}}});
  EXPECT_THAT(values[accuracy], Optional(0.5));
  EXPECT_THAT(values[kendall], Optional(0.0));
}

TEST(ListMetrics, OfNothingAreUndefined) { EXPECT_THAT(of({}), testing::Each(std::nullopt)); }

std::vector<SegmentPosition> places(int n) {
  std::vector<SegmentPosition> outcomes;
  for (int r = 0; r < n; ++r) {
    for (int k = 0; k < 1 + r % 4; ++k) {
      const bool last = k == r % 4;
      outcomes.push_back(
          {.score = (r * 3 + k * 5) % 7 < (last ? 2 : 5) ? 1.0 : 0.0, .index = k, .last = last});
    }
  }
  return outcomes;
}

TEST(SegmentPositionMetrics, OfLabelsEqualScipy) {
  const Metrics metrics = segment_position_metrics(places(13), true);
  EXPECT_THAT(metrics.names, ElementsAre("position_auc", "last_rule"));
  expect_values(metrics.values(once(places(13).size())), {0.4252136752136752, 0.6774193548387096});
}

// Every last segment is false, the others are true: the rule knows all, and so nearly does index.
TEST(SegmentPositionMetrics, FindThatTheLastSegmentIsAlwaysWrong) {
  std::vector<SegmentPosition> outcomes;
  for (int r = 0; r < 10; ++r) {
    for (int k = 0; k < 3; ++k) outcomes.push_back({k == 2 ? 0.0 : 1.0, k, k == 2});
  }
  expect_values(segment_position_metrics(outcomes, true).values(once(30)), {0, 1});
}

TEST(SegmentPositionMetrics, OfScoresAreARankCorrelation) {
  const Metrics metrics =
      segment_position_metrics(std::vector<SegmentPosition>{{1, 0}, {2, 1}, {5, 2}}, false);
  EXPECT_THAT(metrics.names, ElementsAre("position_spearman"));
  EXPECT_THAT(metrics.values(once(3)), ElementsAre(Optional(DoubleNear(1, 1e-15))));
}

}  // namespace
}  // namespace laurel::list_metrics_test
