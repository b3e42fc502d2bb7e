// Metrics of ratings, labels and stated deviations against constants from scipy (oracle.py).
#include "eval/rating_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numbers>
#include <vector>

#include "eval/synthetic_outcomes.h"

namespace laurel::rating_metrics_test {
namespace {

using testing::DoubleEq;
using testing::DoubleNear;
using testing::Optional;

enum Rating { mse, mae, r2, pearson, spearman, mse_of_mean };
enum Label { auc, accuracy, majority, log_loss, brier, base_rate };

MetricValues of_labels(const std::vector<RatingOutcome>& outcomes) {
  return label_metrics(outcomes).values(once(outcomes.size()));
}

MetricValues of_stated(const std::vector<DeviationOutcome>& outcomes) {
  return deviation_metrics(outcomes).values(once(outcomes.size()));
}

TEST(RatingMetrics, EqualScipy) {
  expect_values(of(ratings(23)), {0.06269701086956524, 0.21249999999999997, 0.5193229166666666,
                                  0.7747662408777978, 0.7221307168908049, 0.13043478260869565});
}

TEST(RatingMetrics, UnderWholeWeightsAreThoseOfTheRepeatedSet) {
  const std::vector<double> scipy{0.07616477272727273, 0.24015151515151514, 0.4043559245960502,
                                  0.8206830108550542,  0.775605159182511,   0.12786960514233242};
  expect_values(rating_metrics(ratings(23)).values(repeats(23)), scipy);
  expect_values(of(repeated(ratings(23))), scipy);
}

TEST(RatingMetrics, OfNineExamplesAreExact) {
  expect_values(of(ratings(9)), {0.068125, 0.2361111111111111, 0.4806470588235294,
                                 0.7260022557945511, 0.6611119160302902, 0.13117283950617284});
}

// Worked by hand.
TEST(RatingMetrics, OfNothingAreUndefined) {
  EXPECT_THAT(of(std::vector<RatingOutcome>{}), testing::Each(std::nullopt));
}

TEST(RatingMetrics, OfConstantScoresHaveNoR2AndNoCorrelation) {
  const MetricValues values =
      of(std::vector<RatingOutcome>{{0.1, 0.2}, {0.1, 0.4}, {0.1, 0.1}, {0.1, 0.3}});
  EXPECT_THAT(values[mse], Optional(DoubleNear(0.035, 1e-15)));
  EXPECT_EQ(values[r2], std::nullopt);
  EXPECT_EQ(values[pearson], std::nullopt);
  EXPECT_EQ(values[spearman], std::nullopt);
}

TEST(RatingMetrics, OfAConstantModelHaveR2ButNoCorrelation) {
  const MetricValues values = of(std::vector<RatingOutcome>{{0, 0.5}, {1, 0.5}});
  EXPECT_THAT(values[r2], Optional(0.0));
  EXPECT_EQ(values[pearson], std::nullopt);
  EXPECT_EQ(values[spearman], std::nullopt);
}

TEST(RatingMetrics, SeeOnlyTheOrderInSpearman) {
  std::vector<RatingOutcome> cubed = ratings(23);
  for (RatingOutcome& o : cubed) o.prediction = o.prediction * o.prediction * o.prediction - 7;
  EXPECT_THAT(of(cubed)[spearman], Optional(DoubleNear(*of(ratings(23))[spearman], 1e-12)));
}

TEST(RatingMetrics, KeepSmallDeviationsOfLargeScores) {
  std::vector<RatingOutcome> shifted = ratings(23);
  for (RatingOutcome& o : shifted) {
    o.score += 1e6;
    o.prediction += 1e6;
  }
  EXPECT_THAT(of(shifted)[r2], Optional(DoubleNear(*of(ratings(23))[r2], 1e-9)));
  EXPECT_THAT(of(shifted)[pearson], Optional(DoubleNear(*of(ratings(23))[pearson], 1e-9)));
}

TEST(Metrics, DoNotDependOnTheOrderOfTheOutcomes) {
  std::vector<RatingOutcome> reversed = ratings(23);
  std::reverse(reversed.begin(), reversed.end());
  const MetricValues forward = of(ratings(23)), backward = of(reversed);
  for (size_t i = 0; i < forward.size(); ++i) EXPECT_NEAR(*forward[i], *backward[i], 1e-13);
}

TEST(RatingMetrics, MeasureR2AgainstTheMeanOfTheSet) {
  const MetricValues values = of(ratings(23));
  EXPECT_THAT(values[r2], Optional(DoubleNear(1 - *values[mse] / *values[mse_of_mean], 1e-12)));
}

TEST(LabelMetrics, EqualScipy) {
  expect_values(of_labels(labels(23)),
                {0.5595238095238095, 0.6086956521739131, 0.6086956521739131, 0.8143403546161466,
                 0.29293478260869565, 0.391304347826087});
}

TEST(LabelMetrics, UnderWholeWeightsAreThoseOfTheRepeatedSet) {
  const std::vector<double> scipy{
      0.49206349206349204, 0.6363636363636364, 0.6363636363636364, 0.7897528776532328, 0.2825,
      0.36363636363636365};
  expect_values(label_metrics(labels(23)).values(repeats(23)), scipy);
  expect_values(of_labels(repeated(labels(23))), scipy);
}

TEST(LabelMetrics, OfAConstantModelAreChanceByAucAndHalfRightAtOneHalf) {
  const MetricValues values = of_labels({{1, 0.5}, {0, 0.5}, {0, 0.5}, {0, 0.5}});
  EXPECT_THAT(values[auc], Optional(0.5));
  EXPECT_THAT(values[accuracy], Optional(0.5));
  EXPECT_THAT(values[majority], Optional(0.75));
  EXPECT_THAT(values[brier], Optional(0.25));
}

TEST(LabelMetrics, OfOneClassHaveNoAuc) {
  EXPECT_EQ(of_labels({{1, 0.2}, {1, 0.7}})[auc], std::nullopt);
  EXPECT_THAT(of_labels({}), testing::Each(std::nullopt));
}

TEST(LabelMetrics, OfPredictionsOutsideZeroToOneHaveNoLogLoss) {
  const MetricValues values = of_labels({{1, 1.5}, {0, -0.5}});
  EXPECT_EQ(values[log_loss], std::nullopt);
  EXPECT_THAT(values[auc], Optional(1.0));
  EXPECT_THAT(values[brier], Optional(0.25));
}

TEST(LabelMetrics, OfACertaintyThatWasWrongStayFinite) {
  EXPECT_THAT(of_labels({{1, 0.0}, {0, 0.0}})[log_loss], Optional(DoubleNear(34.5388 / 2, 1e-3)));
}

TEST(DeviationMetrics, EqualScipy) {
  expect_values(of_stated(stated(31)), {0.2054682415810677, 1.8970000848334307, 0.6774193548387096,
                                        1.1048387096774193, 0.36661710160525834});
}

TEST(DeviationMetrics, WithoutAnnotatorsDoNotCompareWithThem) {
  const Metrics metrics = deviation_metrics(std::vector<DeviationOutcome>{{0, 1, -1}, {2, 1, -1}});
  EXPECT_EQ(metrics.names.back(), "mean_deviation");
  const MetricValues values = metrics.values(once(2));
  EXPECT_EQ(values[0], std::nullopt);  // one and the same deviation everywhere
  EXPECT_THAT(values[1], Optional(DoubleNear(0.5 * std::log(2 * std::numbers::pi) + 1, 1e-15)));
  EXPECT_THAT(values[2], Optional(0.5));  // 2 deviations are outside of 1.645
}

}  // namespace
}  // namespace laurel::rating_metrics_test
