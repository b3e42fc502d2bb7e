// Metrics against constants from scipy and numpy (oracle.py), and what must hold for any set.
#include "eval/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "eval/outcomes.h"

namespace laurel {
namespace {

using testing::DoubleEq;
using testing::DoubleNear;
using testing::Optional;

enum Pair { accuracy, ties, accuracy_longer, accuracy_not_longer, longer_wins, log_loss, margin };
enum Rating { mse, mae, r2, pearson, spearman };

MetricValues of(const std::vector<PairOutcome>& outcomes) {
  return PairMetrics(outcomes)(once(outcomes.size()));
}

MetricValues of(const std::vector<RatingOutcome>& outcomes) {
  return RatingMetrics(outcomes)(once(outcomes.size()));
}

// Outcome i stands i % 4 times in the list.
template <class T>
std::vector<T> repeated(const std::vector<T>& outcomes) {
  std::vector<T> result;
  for (size_t i = 0; i < outcomes.size(); ++i) result.insert(result.end(), i % 4, outcomes[i]);
  return result;
}

std::vector<double> repeats(size_t n) {
  std::vector<double> weight;
  for (size_t i = 0; i < n; ++i) weight.push_back(i % 4);
  return weight;
}

void expect_values(const MetricValues& values, const std::vector<double>& expected) {
  ASSERT_EQ(values.size(), expected.size());
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_THAT(values[i], Optional(DoubleNear(expected[i], 1e-12))) << "metric " << i;
  }
}

TEST(PairMetrics, EqualNumpy) {
  expect_values(of(pairs(29)),
                {0.5517241379310345, 0.06896551724137931, 0.6176470588235294, 0.4583333333333333,
                 0.5862068965517241, 1.0099187229444901, 0.15517241379310345});
}

TEST(PairMetrics, UnderWholeWeightsAreThoseOfTheRepeatedSet) {
  const std::vector<double> numpy{0.5238095238095238, 0.047619047619047616, 0.5555555555555556,
                                  0.4666666666666667, 0.6428571428571429,   1.195063898153432,
                                  0.13690476190476192};
  expect_values(PairMetrics(pairs(29))(repeats(29)), numpy);
  expect_values(of(repeated(pairs(29))), numpy);
}

TEST(RatingMetrics, EqualScipy) {
  expect_values(of(ratings(23)), {0.06269701086956524, 0.21249999999999997, 0.5193229166666666,
                                  0.7747662408777978, 0.7221307168908049});
}

TEST(RatingMetrics, UnderWholeWeightsAreThoseOfTheRepeatedSet) {
  const std::vector<double> scipy{0.07616477272727273, 0.24015151515151514, 0.4043559245960502,
                                  0.8206830108550542, 0.775605159182511};
  expect_values(RatingMetrics(ratings(23))(repeats(23)), scipy);
  expect_values(of(repeated(ratings(23))), scipy);
}

TEST(RatingMetrics, OfNineExamplesAreExact) {
  expect_values(of(ratings(9)), {0.068125, 0.2361111111111111, 0.4806470588235294,
                                 0.7260022557945511, 0.6611119160302902});
}

// Worked by hand.
TEST(PairMetrics, OfNineExamplesAreExact) {
  const std::vector<PairOutcome> nine{
      {2, 1, 9, 5}, {0, 1, 9, 5}, {1, 1, 9, 5},   // longer: won, lost, tied
      {2, 1, 5, 9}, {3, 1, 5, 9}, {4, 1, 5, 5},   // not longer: won
      {1, 2, 5, 9}, {1, 3, 5, 5}, {1, 1, 5, 9}};  // not longer: lost, lost, tied
  const MetricValues values = of(nine);
  EXPECT_THAT(values[accuracy], Optional(DoubleEq(5.0 / 9)));
  EXPECT_THAT(values[ties], Optional(DoubleEq(2.0 / 9)));
  EXPECT_THAT(values[accuracy_longer], Optional(DoubleEq(1.5 / 3)));
  EXPECT_THAT(values[accuracy_not_longer], Optional(DoubleEq(3.5 / 6)));
  EXPECT_THAT(values[longer_wins], Optional(DoubleEq(3.0 / 9)));
  EXPECT_THAT(values[margin], Optional(DoubleEq((1 - 1 + 0 + 1 + 2 + 3 - 1 - 2 + 0) / 9.0)));
}

TEST(PairMetrics, ChangeSidesWhenBetterAndWorseAreSwapped) {
  std::vector<PairOutcome> swapped = pairs(29);
  for (PairOutcome& o : swapped) {
    std::swap(o.better, o.worse);
    std::swap(o.better_length, o.worse_length);
  }
  const MetricValues as_judged = of(pairs(29)), values = of(swapped);
  EXPECT_THAT(values[accuracy], Optional(DoubleNear(1 - *as_judged[accuracy], 1e-15)));
  EXPECT_THAT(values[ties], Optional(DoubleEq(*as_judged[ties])));
  EXPECT_THAT(values[margin], Optional(DoubleNear(-*as_judged[margin], 1e-15)));
  EXPECT_THAT(values[log_loss],
              Optional(DoubleNear(*as_judged[log_loss] + *as_judged[margin], 1e-12)));
}

TEST(PairMetrics, OfEveryPairJudgedBothWaysAreThoseOfAGuess) {
  std::vector<PairOutcome> both = pairs(29);
  for (const PairOutcome& o : pairs(29)) {
    both.push_back({o.worse, o.better, o.worse_length, o.better_length});
  }
  EXPECT_THAT(of(both)[accuracy], Optional(DoubleEq(0.5)));
  EXPECT_THAT(of(both)[margin], Optional(DoubleNear(0, 1e-15)));
}

TEST(PairMetrics, OfAConstantModelAreAHalfAndAllTies) {
  std::vector<PairOutcome> constant = pairs(29);
  for (PairOutcome& o : constant) o.better = o.worse = 1.25;
  const MetricValues values = of(constant);
  EXPECT_THAT(values[accuracy], Optional(0.5));
  EXPECT_THAT(values[accuracy_longer], Optional(0.5));
  EXPECT_THAT(values[accuracy_not_longer], Optional(0.5));
  EXPECT_THAT(values[ties], Optional(1.0));
  EXPECT_THAT(values[log_loss], Optional(DoubleNear(0.6931471805599453, 1e-15)));
}

TEST(PairMetrics, OfRewardsFarApartStayFinite) {
  const MetricValues values = of(std::vector<PairOutcome>{{-1e4, 1e4}, {1e4, -1e4}});
  EXPECT_THAT(values[log_loss], Optional(DoubleEq(1e4)));
  EXPECT_THAT(values[accuracy], Optional(0.5));
}

TEST(PairMetrics, CountEqualLengthsAsNotLonger) {
  const MetricValues values = of(std::vector<PairOutcome>{{1, 0, 5, 5}, {0, 1, 5, 5}});
  EXPECT_EQ(values[accuracy_longer], std::nullopt);
  EXPECT_THAT(values[accuracy_not_longer], Optional(0.5));
  EXPECT_THAT(values[longer_wins], Optional(0.0));
}

TEST(PairMetrics, OfNothingAreUndefined) {
  EXPECT_THAT(of(std::vector<PairOutcome>{}), testing::Each(std::nullopt));
  EXPECT_THAT(PairMetrics(pairs(3))(std::vector<double>(3, 0.0)), testing::Each(std::nullopt));
}

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

}  // namespace
}  // namespace laurel
