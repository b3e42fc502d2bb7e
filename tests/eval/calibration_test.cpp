// Errors of calibration against numpy (oracle_calibration.py), by hand, and on made-up models whose
// calibration is known.
#include "eval/calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/random.h"
#include "eval/calibration_sets.h"
#include "eval/synthetic_outcomes.h"

namespace laurel::calibration_test {
namespace {

using testing::DoubleNear;
using testing::Eq;
using testing::Optional;

struct Errors {
  BinError ece, mse;
  BrierParts parts;
};

Errors errors_of(const std::vector<PairOutcome>& pairs) {
  const std::vector<Forecast> forecasts = forecasts_of(pairs);
  return {expected_calibration_error(forecasts, 0.5), squared_calibration_error(forecasts),
          brier_parts(pairs)};
}

Errors errors_of(const std::vector<RatingOutcome>& labels) {
  const std::vector<Forecast> forecasts = forecasts_of(labels);
  return {expected_calibration_error(forecasts, 0), squared_calibration_error(forecasts),
          brier_parts(labels)};
}

// Pairs of a model that means what it says, at rewards multiplied by `scale`.
std::vector<PairOutcome> calibrated_pairs(Random& random, int n, double scale = 1) {
  std::vector<PairOutcome> pairs;
  for (int i = 0; i < n; ++i) {
    const double d = 2 * random.normal();
    const bool first = random.uniform() < sigmoid(d);
    pairs.push_back({.better = first ? scale * d : 0, .worse = first ? 0 : scale * d});
  }
  return pairs;
}

Outcomes<PairOutcome> with_origins(const std::vector<PairOutcome>& pairs) {
  Outcomes<PairOutcome> outcomes;
  for (const PairOutcome& o : pairs) {
    const auto i = static_cast<uint64_t>(outcomes.size());
    outcomes.add(o, {.prompt = i, .responses = {2 * i, 2 * i + 1}});
  }
  return outcomes;
}

std::vector<std::string> names_of(const MetricSet& set) {
  std::vector<std::string> names;
  for (const Metric& metric : set.metrics) names.push_back(metric.name);
  return names;
}

const Metric& metric_of(const MetricSet& set, const std::string& name) {
  return *std::ranges::find(set.metrics, name, &Metric::name);
}

void expect_band(const std::optional<NullBand>& found, const NullBand& expected) {
  ASSERT_TRUE(found);
  const double width = expected.high - expected.low;
  EXPECT_NEAR(found->mean, expected.mean, 0.03 * width);
  EXPECT_NEAR(found->low, expected.low, 0.08 * width);
  EXPECT_NEAR(found->high, expected.high, 0.08 * width);
}

// Ten pairs at 3/4, nine of which are right: one bin. (0.9 - 0.75)^2 = 0.0225, of which noise is
// 0.9 x 0.1 / 9; the Brier score is 0.9 / 16 + 0.9 x 9 / 16 / 9 = 0.1125, the resolution (0.9 - 1/2)^2.
TEST(CalibrationError, OfOneBinAreThoseWorkedByHand) {
  std::vector<PairOutcome> ten(9, {.better = std::log(3), .worse = 0});
  ten.push_back({.better = 0, .worse = std::log(3)});
  const Errors errors = errors_of(ten);
  EXPECT_THAT(errors.ece.value, Optional(DoubleNear(0.15, 1e-12)));
  EXPECT_THAT(errors.mse.value, Optional(DoubleNear(0.0125, 1e-12)));
  EXPECT_THAT(errors.parts.reliability, Optional(DoubleNear(0.0225, 1e-12)));
  EXPECT_THAT(errors.parts.resolution, Optional(DoubleNear(0.16, 1e-12)));
  EXPECT_THAT(errors.parts.uncertainty, Optional(DoubleNear(0.25, 1e-12)));
}

TEST(CalibrationError, OfPairsEqualNumpy) {
  const Errors errors = errors_of(pairs(240));
  EXPECT_THAT(errors.mse.value, Optional(DoubleNear(0.07754783680613551, 1e-12)));
  EXPECT_THAT(errors.parts.reliability, Optional(DoubleNear(0.08710599498568394, 1e-12)));
  EXPECT_THAT(errors.parts.resolution, Optional(DoubleNear(0.018695636964422502, 1e-12)));
  EXPECT_THAT(errors.parts.uncertainty, Optional(DoubleNear(0.25, 1e-12)));
  EXPECT_THAT(errors.ece.value,
              Optional(DoubleNear(*of(pairs(240))[9], 1e-12)));  // the metric of pairs
  expect_band(errors.ece.null, {0.05499, 0.03042, 0.08401});
  expect_band(errors.mse.null, {-0.00001, -0.00399, 0.00670});
}

TEST(CalibrationError, OfSoftTargetsEqualNumpyAndHaveNoBand) {
  const Errors errors = errors_of(soft_pairs(240));
  EXPECT_THAT(errors.mse.value, Optional(DoubleNear(0.0897303334916802, 1e-12)));
  EXPECT_THAT(errors.parts.reliability, Optional(DoubleNear(0.09303972154229617, 1e-12)));
  EXPECT_THAT(errors.parts.resolution, Optional(DoubleNear(0.0028526210314977762, 1e-12)));
  EXPECT_THAT(errors.parts.uncertainty, Optional(DoubleNear(0.080625, 1e-12)));
  EXPECT_FALSE(errors.ece.null);
  EXPECT_FALSE(errors.mse.null);
}

TEST(CalibrationError, OfLabelsEqualNumpy) {
  const Errors errors = errors_of(labels(240));
  EXPECT_THAT(errors.ece.value, Optional(DoubleNear(0.2441666666666667, 1e-12)));
  EXPECT_THAT(errors.mse.value, Optional(DoubleNear(0.08367067252131936, 1e-12)));
  EXPECT_THAT(errors.parts.reliability, Optional(DoubleNear(0.08965400023118551, 1e-12)));
  EXPECT_THAT(errors.parts.resolution, Optional(DoubleNear(0.039404000231185565, 1e-12)));
  EXPECT_THAT(errors.parts.uncertainty, Optional(DoubleNear(0.24, 1e-12)));
  expect_band(errors.ece.null, {0.06416, 0.03625, 0.0975});
}

TEST(CalibrationError, DoNotDependOnTheOrderOfThePairs) {
  std::vector<PairOutcome> mixed = pairs(240);
  Random(3).shuffle(mixed);
  EXPECT_THAT(errors_of(mixed).mse.value, Optional(DoubleNear(0.07754783680613551, 1e-12)));
}

TEST(CalibrationError, OfEqualRewardsAreNoneAndOfOnePairNoVarianceIsKnown) {
  const Errors equal = errors_of(std::vector<PairOutcome>(40, {.better = 1, .worse = 1}));
  EXPECT_THAT(equal.mse.value, Optional(0.0));
  EXPECT_THAT(equal.ece.value, Optional(0.0));
  EXPECT_THAT(equal.ece.null->high, Eq(0.0));
  EXPECT_THAT(equal.parts.resolution, Optional(0.0));
  const Errors one = errors_of(std::vector<PairOutcome>{{.better = 1, .worse = 0}});
  EXPECT_FALSE(one.mse.value);
  EXPECT_FALSE(one.mse.null);
  EXPECT_THAT(one.ece.value, Optional(DoubleNear(1 - sigmoid(1), 1e-12)));
  EXPECT_FALSE(errors_of(std::vector<PairOutcome>{}).ece.value);
}

// 100 sets of a calibrated model: the error in equal bins is never 0, but inside its band; the
// debiased one is 0 on average.
TEST(CalibrationError, OfACalibratedModelAreThoseOfNoise) {
  Random random(7);
  int inside = 0;
  double mse = 0, ece = 0;
  for (int set = 0; set < 100; ++set) {
    const Errors errors = errors_of(calibrated_pairs(random, 300));
    inside +=
        errors.ece.null->low <= *errors.ece.value && *errors.ece.value <= errors.ece.null->high;
    mse += *errors.mse.value / 100;
    ece += *errors.ece.value / 100;
  }
  EXPECT_GE(inside, 88);
  EXPECT_LE(inside, 100);
  EXPECT_GT(ece, 0.03);
  EXPECT_LT(std::abs(mse), 0.0008);  // the bands' deviation is 0.0028, of a mean 0.00028
}

TEST(CalibrationError, OfAnOverconfidentModelAreOutsideTheirBands) {
  Random random(7);
  const Errors errors = errors_of(calibrated_pairs(random, 1000, 2));
  EXPECT_GT(*errors.ece.value, errors.ece.null->high);
  EXPECT_GT(*errors.mse.value, errors.mse.null->high);
}

TEST(CalibrationSet, FindsTheTemperatureOfRewardsThatWereMultiplied) {
  Random random(11);
  const MetricSet set = calibration_set(with_origins(calibrated_pairs(random, 2000, 2)));
  const Metric temperature = metric_of(set, "temperature");
  EXPECT_NEAR(*temperature.value, 2, 0.25);
  EXPECT_LT(*temperature.low, 2);
  EXPECT_GT(*temperature.high, 2);
  EXPECT_LT(*temperature.high - *temperature.low, 0.5);
  const Metric slope = metric_of(set, "slope");
  EXPECT_DOUBLE_EQ(*temperature.low, 1 / *slope.high);
  EXPECT_DOUBLE_EQ(*temperature.high, 1 / *slope.low);
}

TEST(CalibrationSet, HasTheNamesOfTheDocumentation) {
  const MetricSet set = calibration_set(with_origins(pairs(240)));
  EXPECT_EQ(set.name, "calibration");
  EXPECT_EQ(set.title, "calibration: 240 pairs");
  EXPECT_THAT(names_of(set), testing::ElementsAre("slope", "temperature", "calibration_mse",
                                                  "calibration_mse_if_calibrated", "reliability",
                                                  "resolution", "uncertainty"));
}

TEST(PairSet, ShowsTheErrorBesideThatOfNoiseAndWithoutAnInterval) {
  const MetricSet set = pair_set("pairs", "240 pairs", with_origins(pairs(240)));
  const auto ece = std::ranges::find(set.metrics, "ece", &Metric::name);
  EXPECT_THAT(ece->low, Eq(std::nullopt));
  EXPECT_THAT(ece->high, Eq(std::nullopt));
  EXPECT_EQ(ece[1].name, "ece_if_calibrated");
  EXPECT_LT(*ece[1].high, *ece->value);
  EXPECT_TRUE(metric_of(set, "brier").low);
}

TEST(CalibrationSet, OfLabelsHasBinsWherePredictionsAreProbabilities) {
  Outcomes<Cell> cells;
  for (const RatingOutcome& o : labels(60)) {
    const auto i = static_cast<uint64_t>(cells.size());
    cells.add({.rating = o, .reward = o.prediction}, {.prompt = i, .responses = {i, i}});
  }
  EXPECT_THAT(names_of(calibration_set(cells)),
              testing::ElementsAre("slope", "intercept", "ece", "ece_if_calibrated",
                                   "calibration_mse", "calibration_mse_if_calibrated",
                                   "reliability", "resolution", "uncertainty"));
  cells.values[0].rating.prediction = 1.25;
  EXPECT_THAT(names_of(calibration_set(cells)), testing::ElementsAre("slope", "intercept"));
}

// Reported, so that it can be compared with the time of scoring.
TEST(CalibrationSet, OfTenThousandPairsTakesLittleTime) {
  Random random(5);
  const Outcomes<PairOutcome> outcomes = with_origins(calibrated_pairs(random, 10'000));
  const auto begin = std::chrono::steady_clock::now();
  calibration_set(outcomes);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  RecordProperty("seconds", std::to_string(seconds.count()));
  EXPECT_LT(seconds.count(), 20);  // without optimisation, on any machine
}

}  // namespace
}  // namespace laurel::calibration_test
