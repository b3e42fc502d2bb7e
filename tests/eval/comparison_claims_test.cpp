// What a comparison claims, and does not: few units, slices of few prompts, rounding, odd names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eval/comparison_report.h"
#include "eval/findings.h"
#include "eval/slice_comparison.h"
#include "eval/table_lines.h"

namespace laurel::comparison_claims_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// `n` pairs of which the model is right about the first `right`, of `prompts` prompts.
ComparedModel model_of(const std::string& name, int64_t n, int64_t right, int64_t prompts) {
  ComparedModel model{.name = name, .outcomes = {}};
  for (int64_t i = 0; i < n; ++i) {
    const auto id = static_cast<uint64_t>(i);
    model.outcomes.pairs.add({.better = i < right ? 1.0 : 0.0, .worse = i < right ? 0.0 : 1.0},
                             {.prompt = static_cast<uint64_t>(i % prompts),
                              .responses = {2 * id, 2 * id + 1},
                              .group = i});
    model.rows.push_back({.id = id});
  }
  return model;
}

std::string table(const ModelComparison& of) {
  const int64_t n = of.sets.front().n;
  return comparison_table(of, {.source = "ukp",
                               .rows = n,
                               .compared = n,
                               .models = std::vector<ModelCoverage>(of.models.size())});
}

ModelComparison of_few(int64_t n) {
  return compare_models(std::vector{model_of("a", n, 0, n), model_of("b", n, n, n)}, {}, {});
}

TEST(ComparisonClaims, AreNotMadeOfFewerThanThirtyUnits) {
  const ModelComparison few = of_few(5);
  EXPECT_EQ(beyond_chance(few, 1), std::nullopt);
  EXPECT_THAT(table(few),
              AllOf(HasSubstr("  accuracy: B - A is 1.0000; 5 rows are too few to say what is "
                              "chance, expected 30\n"),
                    HasSubstr("1000 draws of 5 rows, the same for both; fewer than 30, so they are "
                              "too narrow\n"),
                    Not(HasSubstr("beyond chance"))));
  EXPECT_TRUE(comparison_json(few, {.source = "ukp", .models = {{}, {}}},
                              0)["differences"][0]["beyond_chance"]
                  .is_null());
  EXPECT_EQ(beyond_chance(of_few(30), 1), true);
  EXPECT_THAT(table(of_few(1)), HasSubstr("  intervals of B - A: none, of 1 row\n"));
}

TEST(ComparisonClaims, OfFewPromptsAreAboutTheirAnswers) {
  const ModelComparison found =
      compare_models(std::vector{model_of("a", 60, 0, 5), model_of("b", 60, 60, 5)}, {}, {});
  EXPECT_THAT(table(found),
              HasSubstr("the same for both; there are fewer than 30 prompts, and they "
                        "do not say how others go\n"));
}

// 40 rows of the slice are of 2 prompts of the 42.
TEST(ComparisonClaims, AreNotMadeOfSlicesOfFewPrompts) {
  std::vector<ComparedModel> models{model_of("a", 80, 0, 80), model_of("b", 80, 80, 80)};
  SliceMembers members{.value = "two", .groups = {}, .outcomes = {}};
  for (size_t i = 0; i < 40; ++i) {
    members.outcomes.push_back(i);
    for (ComparedModel& model : models) model.outcomes.pairs.origins[i].prompt = i % 2;
  }
  const std::vector<SliceField> fields{{.name = "topic", .values = {members}}};
  const ModelComparison found = compare_models(models, fields, {});
  EXPECT_EQ(found.sets.front().unit, ResampleUnit::prompt);
  EXPECT_EQ(found.slices_compared, 0);
  EXPECT_FALSE(found.slices[0].slices[0].differences[1].low);
  EXPECT_THAT(table(found), HasSubstr("  no slice has 30 rows and 20 units of the intervals to be "
                                      "compared\n"));
}

TEST(ExcludesZero, NeedsMoreThanRounding) {
  EXPECT_TRUE(excludes_0(0.1, 0.2));
  EXPECT_TRUE(excludes_0(-0.2, -0.1));
  EXPECT_FALSE(excludes_0(-0.1, 0.2));
  EXPECT_FALSE(excludes_0(-0.3, -2.8e-17));
  EXPECT_FALSE(excludes_0(2e-17, 5e-17, 0.7)) << "0.7 - 0.7";
  EXPECT_TRUE(excludes_0(2e-17, 5e-17, 1e-17)) << "small numbers are no rounding";
  EXPECT_FALSE((Estimate{.value = -0.1, .low = -0.3, .high = -2.8e-17}.excludes_0()));
}

TEST(ComparisonClaims, AreNotMadeOfRounding) {
  ModelComparison found = of_few(40);
  found.differences[1] = {.value = -0.1, .low = -0.3, .high = -2.8e-17};
  EXPECT_EQ(beyond_chance(found, 1), false);
  found.differences[1] = {.value = 3e-17, .low = 2e-17, .high = 5e-17};
  EXPECT_EQ(beyond_chance(found, 1), false);
}

TEST(SliceNames, AreInOneLineSafeForATerminalAndShort) {
  EXPECT_EQ(shortened_name("a\x1b[31mb"), "a\uFFFD[31mb");
  EXPECT_EQ(shortened_name("a\nb\tc"), "a b c");
  EXPECT_EQ(shortened_name("a\u202E"
                           "b"),
            "a\\u202Eb");
  EXPECT_EQ(shortened_name(std::string(300, 'x')), std::string(25, 'x') + "...");
  const Evaluation evaluation{
      .sets = {{.name = "pairs", .units = 100, .headline = {"accuracy"}}},
      .comparison = SliceComparison{.metric = "accuracy",
                                    .compared = 2,
                                    .differ = {{.field = "topic",
                                                .value = "\x1b[2J\n" + std::string(300, 'x'),
                                                .difference = -0.2,
                                                .low = -0.3,
                                                .high = -0.1}}}};
  EXPECT_THAT(
      findings(evaluation).found,
      testing::ElementsAre(testing::StartsWith(
          "slice topic \uFFFD[2J xxxxxxxxxxxxxx...: worse than all rows, accuracy differs")));
}

}  // namespace
}  // namespace laurel::comparison_claims_test
