// Slices: shrinkage worked by hand, the largest |t| against theory, and how often chance is named.
#include "eval/slice_comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"
#include "eval/pair_metrics.h"
#include "eval/report.h"
#include "eval/synthetic_split.h"

namespace laurel::slice_comparison_test {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;

ComparedSlice measured(double value, double error) {
  return {.value = value, .error = error, .difference = {}};
}

// Pairs that are right with these probabilities, `rows` of each slice, each of a prompt of its own.
ComparedSlices compared(Random& random, const std::vector<double>& probabilities, int rows,
                        int64_t draws = 1000) {
  std::vector<PairOutcome> all;
  std::vector<Origin> origins;
  std::vector<SliceSample> slices;
  for (const double probability : probabilities) {
    std::vector<PairOutcome> own;
    slices.emplace_back();
    for (int i = 0; i < rows; ++i) {
      const auto n = static_cast<uint64_t>(all.size());
      const bool right = random.uniform() < probability;
      own.push_back({.better = right ? 1.0 : 0.0, .worse = right ? 0.0 : 1.0});
      slices.back().outcomes.push_back(all.size());
      all.push_back(own.back());
      origins.push_back(
          {.prompt = n, .responses = {2 * n, 2 * n + 1}, .group = static_cast<int64_t>(n)});
    }
    slices.back().metrics = pair_metrics(own);
  }
  return compare_slices(pair_metrics(all), origins, slices, {.draws = draws});
}

bool differs(const ComparedSlice& slice) {
  return slice.difference && (slice.difference->low > 0 || slice.difference->high < 0);
}

// Errors e = 0.1: v = 0.02 - e^2 = 0.01, so that half of each difference is kept.
TEST(ShrunkenValues, KeepWhatVariesBeyondTheErrors) {
  const auto half = shrunken_values(0.7, std::vector{measured(0.6, 0.1), measured(0.8, 0.1)});
  EXPECT_THAT(half,
              ElementsAre(Optional(DoubleNear(0.65, 1e-12)), Optional(DoubleNear(0.75, 1e-12))));
  const auto none = shrunken_values(0.7, std::vector{measured(0.6, 0.2), measured(0.8, 0.2)});
  EXPECT_THAT(none, ElementsAre(Optional(0.7), Optional(0.7)));
}

// x = np.array([0.5, 0.8, 0.9]); e = np.array([0.05, 0.1, 0.2]); w = e**-2; m = (w*x).sum()/w.sum()
// v = ((w*(x-m)**2).sum() - 2) / (w.sum() - (w**2).sum()/w.sum()); 0.6 + v/(v+e**2)*(x-0.6)
TEST(ShrunkenValues, OfUnequalErrorsEqualNumpy) {
  const auto values = shrunken_values(
      0.6, std::vector{measured(0.5, 0.05), measured(0.8, 0.1), measured(0.9, 0.2)});
  EXPECT_THAT(values, ElementsAre(Optional(DoubleNear(0.5059154929577465, 1e-12)),
                                  Optional(DoubleNear(0.7598086124401915, 1e-12)),
                                  Optional(DoubleNear(0.7495522388059701, 1e-12))));
}

TEST(ShrunkenValues, OfOneSliceOrOfUnknownErrorsSayNothing) {
  EXPECT_THAT(shrunken_values(0.7, std::vector{measured(0.6, 0.1)}), ElementsAre(Optional(0.7)));
  EXPECT_THAT(shrunken_values(0.7, std::vector{measured(0.6, 0), ComparedSlice{}}),
              ElementsAre(std::nullopt, std::nullopt));
  EXPECT_THAT(shrunken_values({}, std::vector{measured(0.6, 0.1)}), ElementsAre(std::nullopt));
}

// Of 8 independent normal slices: norm.ppf((1 + 0.95**(1/8)) / 2) = 2.73. They share the total, so
// that their differences are a little smaller than independent ones.
TEST(CompareSlices, HasTheCriticalValueOfTheLargestOfEight) {
  Random random(2);
  EXPECT_NEAR(compared(random, std::vector<double>(8, 0.7), 400, 4000).critical, 2.73, 0.12);
}

TEST(CompareSlices, NamesASliceThatIsWorse) {
  Random random(3);
  std::vector<double> probabilities(12, 0.8);
  probabilities[2] = 0.5;
  const ComparedSlices found = compared(random, probabilities, 200);
  for (size_t s = 0; s < 12; ++s) EXPECT_EQ(differs(found.slices[s]), s == 2) << s;
  EXPECT_LT(found.slices[2].difference->high, 0);
  const auto shrunken = shrunken_values(found.total, found.slices);
  EXPECT_GT(*shrunken[2], *found.slices[2].value);
  EXPECT_LT(*shrunken[2], *found.total);
}

// 200 sets of 10 slices that differ by chance alone; 95 % intervals of each alone would name one in
// 40 % of the sets.
TEST(CompareSlices, SeldomNamesWhatIsChance) {
  Random random(6);
  int named = 0;
  for (int set = 0; set < 200; ++set) {
    const ComparedSlices found = compared(random, std::vector<double>(10, 0.7), 60, 300);
    named += std::ranges::any_of(found.slices, differs);
  }
  EXPECT_LE(named, 20);  // 10 expected
}

// 100 prompts of 5 pairs and one of 40, whose pairs are right by a probability of the prompt: the slice of
// the one prompt would be named in a third of the sets, as it hardly varies between draws.
ComparedSlices of_prompts(Random& random) {
  std::vector<PairOutcome> all;
  std::vector<Origin> origins;
  std::vector<std::vector<PairOutcome>> own(5);
  std::vector<SliceSample> slices(5);
  for (uint64_t prompt = 0; prompt < 101; ++prompt) {
    const double probability = 0.7 + 0.2 * random.normal();
    const size_t slice = prompt == 100 ? 4 : prompt / 25;
    for (int i = 0; i < (prompt == 100 ? 40 : 5); ++i) {
      const auto n = static_cast<uint64_t>(all.size());
      const bool right = random.uniform() < probability;
      own[slice].push_back({.better = right ? 1.0 : 0.0, .worse = right ? 0.0 : 1.0});
      slices[slice].outcomes.push_back(all.size());
      all.push_back(own[slice].back());
      origins.push_back(
          {.prompt = prompt, .responses = {2 * n, 2 * n + 1}, .group = static_cast<int64_t>(n)});
    }
  }
  for (size_t s = 0; s < 5; ++s) slices[s].metrics = pair_metrics(own[s]);
  return compare_slices(pair_metrics(all), origins, slices, {.draws = 300});
}

TEST(CompareSlices, OfRowsThatSharePromptsSeldomNameWhatIsChanceAndLeaveOutFewPrompts) {
  Random random(7);
  int named = 0;
  for (int set = 0; set < 200; ++set) {
    const ComparedSlices found = of_prompts(random);
    EXPECT_TRUE(found.slices[0].difference);
    EXPECT_FALSE(found.slices[4].difference);
    named += std::ranges::any_of(found.slices, differs);
  }
  EXPECT_LE(named, 22);  // 10 expected
}

TEST(CompareSlices, LeavesOutThoseOfFewRowsAndTakesNoneForPerfect) {
  Random random(6);
  const ComparedSlices few = compared(random, {0.9, 0.1}, 29);
  for (const ComparedSlice& slice : few.slices) {
    EXPECT_FALSE(slice.difference);
    EXPECT_GT(slice.error, 0);
  }
  const ComparedSlices perfect = compared(random, {1, 0.85, 0.85, 0.85}, 30);
  EXPECT_FALSE(differs(perfect.slices[0])) << "thirty that are right";
  EXPECT_GT(perfect.slices[0].error, 0);
}

TEST(CompareSlices, OfAModelThatIsAlwaysRightDoNotDiffer) {
  Random random(6);
  for (const ComparedSlice& slice : compared(random, {1, 1}, 40).slices) {
    EXPECT_FALSE(differs(slice));
    EXPECT_TRUE(slice.difference);
  }
}

// Of 60 pairs about cats all are right, of 60 about dogs a third; 20 are about both.
Evaluation of_cats_and_dogs(bool worse) {
  Split split = empty_split();
  split.slice_fields = {"topic"};
  for (int32_t i = 0; i < 140; ++i) {
    const bool wrong = worse ? i >= 60 && i < 120 && i % 3 > 0 : i % 5 == 0;
    add_pair(split, wrong ? 10 : 30, 20, static_cast<uint64_t>(i));
    split.slices.push_back({i < 60 ? "cats" : i < 120 ? "dogs" : "both"});
  }
  return evaluation_of(split);
}

TEST(EvaluateSlices, NamesTheWorstFirst) {
  const Evaluation evaluation = of_cats_and_dogs(true);
  ASSERT_TRUE(evaluation.comparison);
  EXPECT_EQ(evaluation.comparison->metric, "accuracy");
  EXPECT_EQ(evaluation.comparison->compared, 2);
  ASSERT_EQ(evaluation.comparison->differ.size(), 2u);
  EXPECT_EQ(evaluation.comparison->differ[0].value, "dogs");
  EXPECT_EQ(evaluation.comparison->differ[1].value, "cats");
  EXPECT_NEAR(evaluation.comparison->differ[0].difference, 1. / 3 - 100. / 140, 1e-12);
  const Json json = evaluation_json(evaluation, 0, 0);
  EXPECT_EQ(json["slices_that_differ"][0]["value"], "dogs");
  EXPECT_TRUE(json["slices"]["topic"]["both"]["shrunken"].is_number());
  const std::string table = evaluation_table(std::vector{evaluation});
  EXPECT_THAT(table,
              HasSubstr("  accuracy differs from all       difference       2.5 %      97.5 %\n"
                        "  topic dogs                         -0.3810 "));
}

TEST(EvaluateSlices, SayWhereNoneDiffers) {
  const Evaluation evaluation = of_cats_and_dogs(false);
  EXPECT_TRUE(evaluation.comparison->differ.empty());
  EXPECT_THAT(
      evaluation_table(std::vector{evaluation}),
      HasSubstr("  no slice differs beyond chance (of 2 slices of at least 30 rows and 20 units, "
                "compared all at once)\n"));
  EXPECT_EQ(evaluation_json(evaluation, 0, 0)["slices_that_differ"].dump(), "[]");
}

}  // namespace
}  // namespace laurel::slice_comparison_test
