// The calibration of made-up pairs and labels, worked by hand; folds by prompt; what is refused.
#include "eval/calibration_fit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.h"
#include "core/random.h"
#include "eval/calibration_sets.h"
#include "eval/folds.h"
#include "eval/synthetic_outcomes.h"

namespace laurel::calibration_fit_test {
namespace {

using testing::DoubleNear;
using testing::HasSubstr;
using testing::Optional;

// `right` pairs of a prompt won and `wrong` lost, all by d.
void add_pairs(SplitOutcomes& outcomes, uint64_t prompt, double d, int right, int wrong) {
  for (int i = 0; i < right + wrong; ++i) {
    const auto n = static_cast<uint64_t>(outcomes.pairs.size());
    const double winner = i < right ? d : 0;
    outcomes.pairs.add({.better = winner, .worse = d - winner},
                       {.prompt = prompt, .responses = {2 * n, 2 * n + 1}});
  }
}

void add_label(SplitOutcomes& outcomes, double reward, double score) {
  const auto n = static_cast<uint64_t>(outcomes.cells.size());
  outcomes.cells.add({.rating = {.score = score, .prediction = 0.5}, .reward = reward},
                     {.prompt = n, .responses = {n, n}});
}

std::string error_of(const SplitOutcomes& outcomes) {
  try {
    fit_calibration(outcomes);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::data);
    return error.message;
  }
  return "no error";
}

// At 3/4, nine of ten of prompt 1 are right: its slope is 2, its probability 0.9. Three of four of
// prompt 2 are: its slope is 1. Each is judged by the other's.
TEST(CalibrationFit, JudgesEachPromptByTheOthers) {
  SplitOutcomes outcomes;
  add_pairs(outcomes, 1, std::log(3), 9, 1);
  add_pairs(outcomes, 2, std::log(3), 3, 1);
  const Calibration found = fit_calibration(outcomes).calibration;
  const double before = -(12 * std::log(0.75) + 2 * std::log(0.25)) / 14;
  const double first = -(9 * std::log(0.75) + std::log(0.25));
  const double second = -(3 * std::log(0.9) + std::log(0.1));
  EXPECT_THAT(found.log_loss, Optional(DoubleNear(before, 1e-12)));
  EXPECT_THAT(found.calibrated_log_loss, Optional(DoubleNear((first + second) / 14, 1e-9)));
  EXPECT_THAT(found.temperature,
              DoubleNear(std::log(3) / std::log(6), 1e-9));  // 12 of 14 are right
  EXPECT_EQ(found.shift, 0);
  EXPECT_EQ(found.n, 14);
  EXPECT_EQ(found.prompts, 2);
}

TEST(CalibrationFit, OfOnePromptIsNotCrossFitted) {
  SplitOutcomes outcomes;
  add_pairs(outcomes, 1, std::log(3), 9, 1);
  const Calibration found = fit_calibration(outcomes).calibration;
  EXPECT_THAT(found.temperature, DoubleNear(0.5, 1e-9));
  EXPECT_FALSE(found.calibrated_log_loss);
}

// Without prompt 1 every pair is ordered as labelled, so that the others have no temperature.
TEST(CalibrationFit, IsNotCrossFittedWhereTheOthersHaveNoTemperature) {
  SplitOutcomes outcomes;
  add_pairs(outcomes, 1, 1, 1, 1);
  add_pairs(outcomes, 2, 1, 5, 0);
  EXPECT_FALSE(fit_calibration(outcomes).calibration.calibrated_log_loss);
}

// P(1) = sigmoid(2 r - 1): rewards are to be divided by 1/2 and shifted by -1.
TEST(CalibrationFit, FindsTemperatureAndShiftOfLabels) {
  Random random(3);
  SplitOutcomes outcomes;
  for (int i = 0; i < 3000; ++i) {
    const double reward = random.normal();
    add_label(outcomes, reward, random.uniform() < sigmoid(2 * reward - 1) ? 1 : 0);
  }
  const CalibrationFit fit = fit_calibration(outcomes);
  EXPECT_EQ(fit.calibration.labels, CalibrationLabels::labels);
  EXPECT_NEAR(fit.calibration.temperature, 0.5, 0.05);
  EXPECT_NEAR(fit.calibration.shift, -1, 0.15);
  ASSERT_TRUE(fit.temperature && fit.shift);
  EXPECT_LT(fit.temperature->low, 0.5);
  EXPECT_GT(fit.temperature->high, 0.5);
  EXPECT_LT(*fit.calibration.calibrated_log_loss, *fit.calibration.log_loss);
}

// A calibrated model gains nothing: what is fitted on others is worse than what is right.
TEST(CalibrationFit, DoesNotGainWhereRewardsAreCalibrated) {
  Random random(4);
  SplitOutcomes outcomes;
  for (uint64_t prompt = 0; prompt < 200; ++prompt) {
    const double d = random.normal();
    const bool won = random.uniform() < sigmoid(std::abs(d));
    add_pairs(outcomes, prompt, std::abs(d), won, !won);
  }
  const Calibration found = fit_calibration(outcomes).calibration;
  EXPECT_NEAR(*found.calibrated_log_loss, *found.log_loss, 0.02);
}

// r' = (r - 1) / 2: the log-odds r / 4 + 3 are r' / 2 + 3.25.
TEST(CalibrationFit, OfRescaledRewardsGivesTheSameLogOdds) {
  const Calibration labels{.labels = CalibrationLabels::labels,
                           .temperature = 4,
                           .shift = 3,
                           .log_loss = 0.7,
                           .calibrated_log_loss = 0.6};
  const Calibration changed = rescaled(labels, 1, 2);
  EXPECT_EQ(changed.temperature, 2);
  EXPECT_EQ(changed.shift, 3.25);
  EXPECT_EQ(changed.log_odds((5.0 - 1) / 2), labels.log_odds(5));
  EXPECT_FALSE(changed.log_loss) << "that of other rewards is not known";
  EXPECT_EQ(changed.calibrated_log_loss, 0.6);
  const Calibration pairs{.temperature = 4, .log_loss = 0.7};
  EXPECT_EQ(rescaled(pairs, 1, 1), pairs) << "differences are what they were";
  EXPECT_EQ(rescaled(pairs, 1, 2).temperature, 2);
  EXPECT_EQ(rescaled(pairs, 1, 2).shift, 0);
}

TEST(CalibrationFit, RefusesWhatHasNoTemperature) {
  SplitOutcomes perfect, wrong, lists, ratings;
  add_pairs(perfect, 1, 1, 5, 0);
  EXPECT_THAT(error_of(perfect), HasSubstr("found no finite temperature, expected pairs that"));
  add_pairs(wrong, 1, std::log(3), 1, 9);
  EXPECT_THAT(error_of(wrong), HasSubstr("found the slope -2"));
  EXPECT_THAT(error_of(wrong), HasSubstr("are the labels turned round?"));
  lists.lists.add({}, {});
  EXPECT_THAT(error_of(lists), HasSubstr("found lists, expected pairs"));
  add_label(ratings, 1, 3);
  EXPECT_THAT(error_of(ratings), HasSubstr("found the score 3, expected pairs, or ratings that"));
  EXPECT_THAT(error_of({}), HasSubstr("found no labelled row"));
}

TEST(CalibratedSet, OfTheFittedTemperatureHasSlopeOne) {
  SplitOutcomes outcomes;
  add_pairs(outcomes, 1, std::log(3), 9, 1);
  add_pairs(outcomes, 2, std::log(3), 3, 1);
  const Calibration found = fit_calibration(outcomes).calibration;
  const MetricSet set = calibrated_set(outcomes.pairs, found);
  EXPECT_EQ(set.name, "calibrated");
  EXPECT_THAT(set.title, HasSubstr("calibrated, T 0.6131: 14 pairs"));
  const auto value = [&](const std::string& name) {
    return std::ranges::find(set.metrics, name, &Metric::name)->value;
  };
  EXPECT_THAT(value("slope"), Optional(DoubleNear(1, 1e-9)));
  EXPECT_THAT(value("ece"), Optional(DoubleNear(0, 1e-9)));
  EXPECT_THAT(value("log_loss"),
              Optional(DoubleNear(-(12 * std::log(6. / 7) + 2 * std::log(1. / 7)) / 14, 1e-9)));
  EXPECT_EQ(set.metrics[0].name, "log_loss");
}

TEST(Folds, KeepAPromptTogetherWhateverTheOrderOfTheRows) {
  std::vector<Origin> origins;
  for (uint64_t i = 0; i < 90; ++i) origins.push_back({.prompt = i % 25, .responses = {i, i}});
  const Folds folds = folds_by_prompt(origins);
  EXPECT_EQ(folds.count, 10);
  std::vector<std::set<uint64_t>> prompts(10);
  for (size_t i = 0; i < 90; ++i) {
    EXPECT_EQ(folds.fold[i], folds.fold[i % 25]);
    prompts[folds.fold[i]].insert(origins[i].prompt);
  }
  for (const auto& fold : prompts) EXPECT_THAT(fold.size(), testing::AnyOf(2u, 3u));
  std::ranges::reverse(origins);
  const Folds reversed = folds_by_prompt(origins);
  for (size_t i = 0; i < 90; ++i) EXPECT_EQ(reversed.fold[89 - i], folds.fold[i]);
}

TEST(Folds, AreAsManyAsThePromptsWhereTheseAreFewer) {
  EXPECT_EQ(folds_by_prompt(origins_of_responses(20, 5)).count, 1);
  EXPECT_EQ(folds_by_prompt({}).count, 0);
}

}  // namespace
}  // namespace laurel::calibration_fit_test
