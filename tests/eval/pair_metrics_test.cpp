// Metrics of pairs against constants from numpy (oracle.py), and what must hold for any set.
#include "eval/pair_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "eval/synthetic_outcomes.h"

namespace laurel::pair_metrics_test {
namespace {

using testing::DoubleEq;
using testing::DoubleNear;
using testing::Optional;

enum Pair {
  accuracy,
  ties,
  accuracy_longer,
  accuracy_not_longer,
  balanced_accuracy,
  longer_wins,
  log_loss,
  margin,
  brier,
  ece,
  label_ties
};

TEST(PairMetrics, EqualNumpy) {
  expect_values(of(pairs(29)),
                {0.5517241379310345, 0.06896551724137931, 0.6176470588235294, 0.4583333333333333,
                 0.5379901960784313, 0.5862068965517241, 1.0099187229444901, 0.15517241379310345,
                 0.33250498827327235, 0.3000560608397839});
}

TEST(PairMetrics, UnderWholeWeightsAreThoseOfTheRepeatedSet) {
  const std::vector<double> numpy{0.5238095238095238, 0.047619047619047616, 0.5555555555555556,
                                  0.4666666666666667, 0.5111111111111111,   0.6428571428571429,
                                  1.195063898153432,  0.13690476190476192,  0.37775927226083494,
                                  0.40251914243877496};
  expect_values(pair_metrics(pairs(29)).values(repeats(29)), numpy);
  expect_values(of(repeated(pairs(29))), numpy);
}

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
  EXPECT_THAT(values[balanced_accuracy], Optional(DoubleEq((1.5 / 3 + 3.5 / 6) / 2)));
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

TEST(PairMetrics, OfEveryPairLabelledBothWaysAreThoseOfAGuess) {
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
  EXPECT_EQ(values[balanced_accuracy], std::nullopt);
  EXPECT_THAT(values[longer_wins], Optional(0.0));
}

TEST(PairMetrics, OfNothingAreUndefined) {
  EXPECT_THAT(of(std::vector<PairOutcome>{}), testing::Each(std::nullopt));
  EXPECT_THAT(pair_metrics(pairs(3)).values(std::vector<double>(3, 0.0)),
              testing::Each(std::nullopt));
}

TEST(PairMetrics, OfSoftTargetsEqualNumpy) {
  expect_values(of(soft_pairs(29)),
                {0.5454545454545454, 0.09090909090909091, 0.6071428571428571, 0.4375,
                 0.5223214285714286, 0.6363636363636364, 1.0538842401858692, 0.13636363636363635,
                 0.17820489723830418, 0.2690215780811632, 0.2413793103448276});
}

// d = log 3: the model says 3/4.
TEST(PairMetrics, OfAPairWithoutWinnerCountNeitherForNorAgainst) {
  const double d = std::log(3);
  const std::vector<PairOutcome> outcomes{{.better = d, .worse = 0},
                                          {.better = d, .worse = 0, .target = 0.5}};
  const MetricValues values = of(outcomes);
  EXPECT_THAT(values[accuracy], Optional(1.0));
  EXPECT_THAT(values[margin], Optional(DoubleEq(d)));
  EXPECT_THAT(values[label_ties], Optional(0.5));
  const double decided = -std::log(0.75), tied = -(std::log(0.75) + std::log(0.25)) / 2;
  EXPECT_THAT(values[log_loss], Optional(DoubleNear((decided + tied) / 2, 1e-15)));
  EXPECT_THAT(values[brier], Optional(DoubleNear((0.0625 + 0.0625) / 2, 1e-15)));
  EXPECT_THAT(values[ece], Optional(DoubleNear(0, 1e-15)));  // people agree: (1 + 1/2) / 2 = 3/4
}

TEST(PairMetrics, HaveLabelTiesOnlyWhereThereAreSome) {
  EXPECT_EQ(pair_metrics(pairs(3)).names.back(), "ece");
  EXPECT_EQ(pair_metrics(soft_pairs(3)).names.back(), "label_ties");
}

}  // namespace
}  // namespace laurel::pair_metrics_test
