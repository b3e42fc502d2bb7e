// Planted faults of a model and of its labels, each of which must be named, and a set without any.
#include "eval/findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "core/random.h"
#include "eval/synthetic_split.h"

namespace laurel::findings_test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr int kPairs = 4000, kPrompts = 800;
constexpr double kPeoplesLength = 0.4;  // log odds of an answer that is e times longer

struct Plants {
  double length = 0;          // log odds that rewards add for an answer that is e times longer
  double scale = 1;           // of rewards
  bool blind_to_law = false;  // rewards of one topic are chance
  bool one_turned = false;    // one annotator calls the worse answer better
  double first = 0;           // log odds that people add for the answer that they see first
  bool shown = true;          // the order in which they saw them is known
};

// People prefer an answer by sigmoid(quality + kPeoplesLength x log length); without plants rewards
// are these log odds. The first answer was shown first.
Split split_with(const Plants& plants, uint64_t seed) {
  const std::vector<std::string> topics{"law", "sport", "food", "art", "news"};
  const std::vector<std::string> annotators{"ann", "ben", "cid", "dee"};
  Random random(seed);
  Split split = empty_split();
  split.slice_fields = {"topic", "annotator"};
  for (int i = 0; i < kPairs; ++i) {
    const uint64_t prompt = random.below(kPrompts);
    const std::string& topic = topics[prompt % topics.size()];
    const std::string& annotator = annotators[random.below(annotators.size())];
    const double quality = 1.5 * random.normal(), log_length = 0.6 * random.normal();
    const double odds = quality + kPeoplesLength * log_length;
    bool first = random.uniform() < 1 / (1 + std::exp(-odds - plants.first));
    if (plants.one_turned && annotator == "cid") first = !first;
    double reward = odds + plants.length * log_length;
    if (plants.blind_to_law && topic == "law") reward = 1.5 * random.normal();
    const auto tenths = static_cast<int32_t>(std::lround(10 * plants.scale * reward));
    const int64_t shorter = 200;
    const auto longer = static_cast<int64_t>(std::lround(200 * std::exp(std::abs(log_length))));
    const int64_t of_first = log_length > 0 ? longer : shorter;
    const int64_t of_second = log_length > 0 ? shorter : longer;
    const auto n = static_cast<uint64_t>(i);
    add(split, {.group = {.responses = {response(1000 + tenths), response(1000)},
                          .label = Preferences{{.better = first ? 0 : 1, .worse = first ? 1 : 0}},
                          .prompt_hash = prompt},
                .stats = {{.answer_length = of_first, .hash = 2 * n},
                          {.answer_length = of_second, .hash = 2 * n + 1}},
                .presented_order = plants.shown});
    split.slices.push_back({topic, annotator});
  }
  return split;
}

Evaluation of(const Plants& plants, uint64_t seed = 1) {
  return evaluation_of(split_with(plants, seed));
}

TEST(Findings, OfASetWithoutBiasAreNone) {
  const Evaluation clean = of({});
  EXPECT_THAT(findings(clean).found, IsEmpty());
  EXPECT_THAT(findings(clean).tested, ElementsAre("calibration", "length", "position", "9 slices"));
  EXPECT_THAT(
      evaluation_table(std::vector{clean}),
      HasSubstr("  found: nothing beyond chance in calibration, length, position, 9 slices\n"));
}

TEST(Findings, NameEveryPlantAtOnce) {
  const Evaluation planted =
      of({.length = 0.8, .scale = 3, .blind_to_law = true, .one_turned = true, .first = 0.8});
  EXPECT_THAT(
      findings(planted).found,
      ElementsAre(
          AllOf(StartsWith("calibration: as log-odds, differences of rewards are too large"),
                HasSubstr("laurel calibrate")),
          StartsWith("length: at equal rewards people prefer the shorter answer"),
          StartsWith("position: at equal rewards people prefer the first of the two answers"),
          StartsWith("slice annotator cid: worse than all rows, accuracy differs by -0."),
          StartsWith("slice topic law: worse than all rows, accuracy differs by -0.")));
  EXPECT_THAT(evaluation_table(std::vector{planted}),
              AllOf(HasSubstr("  found: calibration: "), HasSubstr("  found: length: "),
                    HasSubstr("  found: slice topic law: ")));
}

TEST(Findings, NameEachPlantAlone) {
  EXPECT_THAT(findings(of({.length = 0.8})).found,
              Contains(HasSubstr("prefer the shorter answer, so rewards count length for more")));
  EXPECT_THAT(findings(of({.length = -0.8})).found,
              Contains(HasSubstr("prefer the longer answer, so rewards count length for less")));
  EXPECT_THAT(findings(of({.scale = 3})).found, ElementsAre(HasSubstr("are too large")));
  EXPECT_THAT(findings(of({.scale = 0.4})).found, ElementsAre(HasSubstr("are too small")));
}

// Labels that follow the order follow rewards less, so that the slope of calibration may be named too.
TEST(Findings, NameThePositionThatPeoplePrefer) {
  const Evaluation first = of({.first = 0.8});
  EXPECT_THAT(
      findings(first).found,
      Contains(AllOf(StartsWith("position: at equal rewards people prefer the first of the two "
                                "answers that they are shown; first_coefficient 0."),
                     HasSubstr(", first_wins 0.6"))));
  const MetricSet& position = first.sets.at(3);
  EXPECT_EQ(position.name, "position");
  EXPECT_EQ(position.n, kPairs);
  const Metric& c = metric(position, "first_coefficient");
  EXPECT_LT(*c.low, 0.8);
  EXPECT_GT(*c.high, 0.8);
  EXPECT_LT(*c.high - *c.low, 0.3);
  EXPECT_THAT(findings(of({.first = -0.8})).found,
              Contains(HasSubstr("people prefer the second of the two answers")));
}

// The same labels in rows that do not say in which order the answers were shown.
TEST(Findings, OfAnUnknownOrderSayNothingOfThePosition) {
  const Evaluation unknown = of({.first = 0.8, .shown = false});
  EXPECT_THAT(findings(unknown).tested, ElementsAre("calibration", "length", "9 slices"));
  for (const MetricSet& set : unknown.sets) EXPECT_NE(set.name, "position");
}

TEST(Findings, OfRewardsThatSayNothingOrTheContraryAdviseNoTemperature) {
  const auto turned = findings(of({.scale = -1})).found;
  EXPECT_THAT(
      turned,
      Contains(StartsWith("calibration: the rewards are wrong more often than right; slope -")));
  EXPECT_THAT(turned, Not(Contains(HasSubstr("laurel calibrate"))));
  const Evaluation nothing{
      .sets = {{.name = "pairs", .headline = {"accuracy"}},
               {.name = "calibration", .units = 100, .metrics = {{"slope", 0.1, -0.3, 0.5}}}}};
  EXPECT_THAT(findings(nothing).found,
              ElementsAre("calibration: differences of rewards say little of what people prefer; "
                          "slope 0.1000 (-0.3000 to 0.5000)"));
}

// Labels: a reward need not be a log-odds, so that a slope of 5 says nothing.
TEST(Findings, OfLabelsLookAtThePredictionsAndAtEachAttribute) {
  Evaluation labels{.sets = {{.name = "mean", .headline = {"auc"}},
                             {.name = "truth/calibration",
                              .units = 100,
                              .metrics = {{"slope", 5.1, 4.9, 5.3},
                                          {"intercept", -2.5, -2.6, -2.4},
                                          {"calibration_mse", 0.0001},
                                          {"calibration_mse_if_calibrated", 0.0, -0.001, 0.001}}}}};
  EXPECT_THAT(findings(labels).found, IsEmpty());
  EXPECT_THAT(findings(labels).tested, ElementsAre("truth/calibration"));
  labels.sets[1].metrics[2].value = 0.02;
  EXPECT_THAT(
      findings(labels).found,
      ElementsAre(StartsWith("truth/calibration: predictions are further from the labels")));
}

TEST(Findings, OfAStoredCalibrationSayThatItDoesNotFit) {
  const Evaluation evaluation{
      .sets = {{.name = "pairs", .units = 100, .headline = {"accuracy"}},
               {.name = "calibration", .units = 100, .metrics = {{"slope", 2, 1.5, 2.5}}},
               {.name = "calibrated", .units = 100, .metrics = {{"slope", 0.5, 0.4, 0.6}}}}};
  EXPECT_THAT(
      findings(evaluation).found,
      ElementsAre(AllOf(StartsWith("calibrated: as log-odds, differences of rewards are too large"),
                        HasSubstr("the stored temperature is not that of these rows"))));
}

TEST(Findings, OfFewUnitsAreNone) {
  const Evaluation few{.sets = {{.name = "calibration",
                                 .units = kMinUnits - 1,
                                 .metrics = {{"slope", -5.8, -11.9, -4.0}}}}};
  EXPECT_THAT(findings(few).found, IsEmpty());
  EXPECT_THAT(findings(few).tested, IsEmpty());
}

TEST(Findings, WhereNothingWasTestedAreNotTold) {
  const Evaluation ratings{.sets = {{.name = "rows", .headline = {"mse"}}}};
  EXPECT_THAT(findings(ratings).tested, IsEmpty());
  EXPECT_THAT(evaluation_table(std::vector{ratings}), Not(HasSubstr("found:")));
}

// Minutes, so it is no part of the suite (eval_coverage).
TEST(Coverage, DISABLED_FindingsOfSetsWithoutBiasAreSeldom) {
  constexpr int kSets = 300;
  std::map<std::string, int> named;
  for (uint64_t seed = 1; seed <= kSets; ++seed) {
    for (const std::string& text : findings(of({}, 100 + seed)).found) {
      ++named[text.substr(0, text.find_first_of(": "))];
    }
  }
  for (const auto& [what, times] : named) {
    std::printf("%s: named in %d of %d sets\n", what.c_str(), times, kSets);
    EXPECT_LE(times, kSets / 10) << what;  // 5 % expected
  }
}

}  // namespace
}  // namespace laurel::findings_test
