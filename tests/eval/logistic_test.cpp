// Logistic regressions against scikit-learn (oracle_calibration.py), by hand, and where none is best.
#include "eval/logistic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "eval/slope.h"
#include "eval/synthetic_outcomes.h"

namespace laurel::logistic_test {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::Optional;

MetricValues slope_of(const std::vector<PairOutcome>& pairs, const std::vector<double>& weight) {
  return slope_metrics(std::span<const PairOutcome>(pairs)).values(weight);
}
MetricValues slope_of(const std::vector<PairOutcome>& pairs) {
  return slope_of(pairs, once(pairs.size()));
}

// `right` pairs won and `wrong` lost, all by d.
std::vector<PairOutcome> decided_by(double d, int right, int wrong) {
  std::vector<PairOutcome> pairs(right, {.better = d, .worse = 0});
  pairs.insert(pairs.end(), wrong, {.better = 0, .worse = d});
  return pairs;
}

// A reward of 3 p - 1 for each prediction p.
std::vector<Cell> label_cells(int n) {
  std::vector<Cell> cells;
  for (const RatingOutcome& o : labels(n)) {
    cells.push_back({.rating = o, .reward = 3 * o.prediction - 1});
  }
  return cells;
}

MetricValues slope_of(const std::vector<Cell>& cells) {
  return slope_metrics(std::span<const Cell>(cells)).values(once(cells.size()));
}

// sigmoid(s log 3) = 9/10 for s = 2: the model says 3/4 where nine of ten are right.
TEST(Slope, OfNineOfTenPairsAtThreeQuartersIsTwo) {
  const MetricValues values = slope_of(decided_by(std::log(3), 9, 1));
  EXPECT_THAT(values, ElementsAre(Optional(DoubleNear(2, 1e-9)), Optional(DoubleNear(0.5, 1e-9))));
}

TEST(Slope, EqualsScikitLearn) {
  EXPECT_THAT(slope_of(pairs(240))[0], Optional(DoubleNear(0.12662167706490424, 1e-9)));
  EXPECT_THAT(slope_of(pairs(240))[1], Optional(DoubleNear(1 / 0.12662167706490424, 1e-6)));
  EXPECT_THAT(slope_of(pairs(240), repeats(240))[0],  // a draw: its last step is a hundredth of the
              Optional(DoubleNear(0.12476708522894937, 1e-6)));  // standard error at most
  EXPECT_THAT(slope_of(soft_pairs(240))[0], Optional(DoubleNear(0.05077748035272571, 1e-9)));
}

TEST(Slope, OfLabelsEqualsScikitLearn) {
  EXPECT_THAT(slope_of(label_cells(240)),
              ElementsAre(Optional(DoubleNear(0.3530656044734457, 1e-9)),
                          Optional(DoubleNear(-0.5817273907342738, 1e-9))));
}

TEST(Slope, IsInTheUnitsOfTheRewards) {
  for (const double unit : {1e-6, 1e6}) {
    std::vector<PairOutcome> scaled = pairs(240);
    for (PairOutcome& o : scaled) {
      o.better *= unit;
      o.worse *= unit;
    }
    EXPECT_THAT(slope_of(scaled)[0], Optional(DoubleNear(0.12662167706490424 / unit, 1e-9 / unit)));
  }
}

TEST(Slope, HasNoEndWhereEveryPairIsOrderedAsLabelled) {
  EXPECT_THAT(slope_of(decided_by(1, 9, 0)), ElementsAre(std::nullopt, Optional(0.0)));
  EXPECT_THAT(slope_of(decided_by(1, 0, 9)), ElementsAre(std::nullopt, std::nullopt));
  EXPECT_THAT(slope_of(decided_by(1, 1, 0)), ElementsAre(std::nullopt, Optional(0.0)));
}

TEST(Slope, OfEqualRewardsOrOfNothingIsUndefined) {
  EXPECT_THAT(slope_of(decided_by(0, 9, 0)), ElementsAre(std::nullopt, std::nullopt));
  EXPECT_THAT(slope_of(std::vector<PairOutcome>{}), ElementsAre(std::nullopt, std::nullopt));
  EXPECT_THAT(slope_of(pairs(29), std::vector<double>(29, 0.0)),
              ElementsAre(std::nullopt, std::nullopt));
}

TEST(Slope, OfAModelThatIsWrongMoreOftenHasNoTemperature) {
  const MetricValues values = slope_of(decided_by(std::log(3), 1, 9));
  EXPECT_THAT(values, ElementsAre(Optional(DoubleNear(-2, 1e-9)), std::nullopt));
}

// One pair in a thousand is lost, by a hundredth of what the others are won by.
TEST(Slope, IsFoundWhereNearlyEveryPairIsOrderedAsLabelled) {
  std::vector<PairOutcome> nearly = decided_by(1, 999, 0);
  nearly.push_back({.better = 0, .worse = 0.01});
  const MetricValues values = slope_of(nearly);
  ASSERT_TRUE(values[0]);
  const double s = *values[0];  // 999 sigmoid(-s) = 0.01 sigmoid(0.01 s)
  EXPECT_THAT(999 / (1 + std::exp(s)), DoubleNear(0.01 / (1 + std::exp(-0.01 * s)), 1e-7));
}

TEST(Slope, OfLabelsThatAThresholdTellsApartIsUndefined) {
  const auto cell = [](double reward, double score) {
    return Cell{.rating = {.score = score, .prediction = 0.5}, .reward = reward};
  };
  const auto undefined = ElementsAre(std::nullopt, std::nullopt);
  EXPECT_THAT(slope_of(std::vector<Cell>{cell(1, 0), cell(2, 0), cell(3, 1)}), undefined);
  EXPECT_THAT(slope_of(std::vector<Cell>{cell(1, 0), cell(2, 0), cell(2, 1), cell(3, 1)}),
              undefined);
  EXPECT_THAT(slope_of(std::vector<Cell>{cell(1, 1), cell(2, 1)}), undefined);  // one label
  EXPECT_THAT(slope_of(std::vector<Cell>{cell(1, 0), cell(1, 1)}), undefined);  // equal rewards
}

TEST(Logistic, FromAnyStartIsTheSame) {
  LogisticData<1> data;
  for (const PairOutcome& o : pairs(240)) {
    data.x.push_back({o.better - o.worse});
    data.target.push_back(1);
  }
  for (const double start : {-1.0, 0.0, 0.13, 3.0}) {
    const auto fit = fit_logistic(data, once(240), {start});
    ASSERT_TRUE(fit);
    EXPECT_NEAR((*fit)[0], 0.12662167706490424, 1e-9);
  }
}

TEST(Logistic, OfProportionalNumbersIsUndefined) {
  LogisticData<2> data;
  for (const PairOutcome& o : pairs(240)) {
    data.x.push_back({o.better - o.worse, 2 * (o.better - o.worse)});
    data.target.push_back(1);
  }
  EXPECT_FALSE(fit_logistic(data, once(240)));
}

}  // namespace
}  // namespace laurel::logistic_test
