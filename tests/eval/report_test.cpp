// The JSON line and the table of an evaluation.
#include "eval/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace laurel::report_test {
namespace {

using testing::HasSubstr;
using testing::Not;

Evaluation of_pairs() {
  return {.source = "ukp",
          .n = 1500,
          .dropped = 78,
          .reasons = {{"identical", 8}, {"over_length", 70}},
          .sets = {{.name = "pairs",
                    .title = "1500 pairs",
                    .n = 1500,
                    .possible = 1500,
                    .unit = ResampleUnit::response,
                    .units = 138,
                    .headline = {"accuracy", "longer_wins"},
                    .metrics = {{"accuracy", 0.75, 0.7, 0.8125},
                                {"accuracy_longer", std::nullopt, std::nullopt, std::nullopt}}}},
          .slices = {}};
}

Evaluation of_ratings() {
  return {.source = "clear",
          .n = 4,
          .reasons = {},
          .unlabelled = 2,
          .sets = {{.name = "rows",
                    .title = "4 ratings",
                    .n = 4,
                    .possible = 4,
                    .units = 4,
                    .headline = {"mse"},
                    .metrics = {{"mse", 0.25, 0.125, 0.5}}},
                   {.name = "pairs",
                    .title = "pairs of ratings: 2 of 3 pairs",
                    .n = 2,
                    .possible = 3,
                    .units = 2,
                    .metrics = {{"accuracy", 1.0, 0.5, 1.0}}}},
          .slices = {}};
}

SliceTable by_topic(int64_t values) {
  SliceTable table{.field = "topic"};
  for (int64_t i = 0; i < values; ++i) {
    MetricSet set = of_pairs().sets[0];
    set.n = 1000 - i;
    table.slices.push_back({i == 0 ? "school uniforms" : std::to_string(i), set});
  }
  return table;
}

TEST(EvaluationJson, HoldsOneObjectAMetricAndNullWhereUndefined) {
  EXPECT_EQ(evaluation_json(of_pairs(), 150, 1700000000.5).dump(),
            R"({"kind":"eval","step":150,"time":1700000000.5,"source":"ukp","n":1500,"dropped":78,)"
            R"("unit":"response","units":138,"metrics":{)"
            R"("accuracy":{"value":0.75,"low":0.7,"high":0.8125},)"
            R"("accuracy_longer":{"value":null,"low":null,"high":null}}})");
}

TEST(EvaluationJson, HoldsTheOtherSetsByName) {
  EXPECT_EQ(evaluation_json(of_ratings(), 0, 1).dump(),
            R"({"kind":"eval","step":0,"time":1.0,"source":"clear","n":4,"dropped":0,)"
            R"("unit":"row","units":4,"unlabelled":2,)"
            R"("metrics":{"mse":{"value":0.25,"low":0.125,"high":0.5}},)"
            R"("sets":{"pairs":{"n":2,"possible":3,"unit":"row","units":2,)"
            R"("metrics":{"accuracy":{"value":1.0,"low":0.5,"high":1.0}}}}})");
}

TEST(EvaluationJson, HoldsEverySliceByFieldAndValue) {
  Evaluation evaluation = of_pairs();
  evaluation.slices = {by_topic(60)};
  evaluation.slices[0].left_out = 3;
  const Json json = evaluation_json(evaluation, 0, 1);
  EXPECT_EQ(json["slices"]["topic"].size(), 60u);
  const Json& first = json["slices"]["topic"]["school uniforms"];
  EXPECT_EQ(first["n"], 1000);
  EXPECT_EQ(first["metrics"]["accuracy"]["high"], 0.8125);
  EXPECT_EQ(json["slices_left_out"]["topic"], 3);
}

TEST(EvaluationTable, ShowsSlicesBesideTheTotal) {
  Evaluation evaluation = of_pairs();
  evaluation.slices = {by_topic(2)};
  EXPECT_THAT(
      evaluation_table(std::vector{evaluation}),
      HasSubstr("  by topic                                 n    accuracy       2.5 %      97.5 %"
                "    shrunken longer_wins\n"
                "  all                                   1500      0.7500      0.7000      0.8125  "
                "         -           -\n"
                "  school uniforms                       1000      0.7500      0.7000      0.8125  "
                "         -           -\n"
                "  1                                      999      0.7500      0.7000      0.8125  "
                "         -           -\n"));
}

TEST(EvaluationTable, CountsTheSlicesThatItDoesNotShow) {
  Evaluation evaluation = of_pairs();
  evaluation.slices = {by_topic(60)};
  evaluation.slices[0].left_out = 3;
  EXPECT_THAT(evaluation_table(std::vector{evaluation}),
              HasSubstr("  and 13 more values with fewer rows each\n"));
}

TEST(EvaluationTable, ShortensLongValues) {
  Evaluation evaluation = of_pairs();
  evaluation.slices = {by_topic(1)};
  evaluation.slices[0].slices[0].value = "a very long value of which no more than this is shown";
  EXPECT_THAT(evaluation_table(std::vector{evaluation}),
              HasSubstr("  a very long value of whic...          1000"));
}

TEST(EvaluationTable, SaysWhatItCoversAndAlignsItsNumbers) {
  EXPECT_EQ(
      evaluation_table(std::vector{of_pairs()}),
      "ukp: covers 1500 of 1578 rows, 78 dropped: 8 identical, 70 over_length\n"
      "  1500 pairs                           value       2.5 %      97.5 %\n"
      "  accuracy                            0.7500      0.7000      0.8125\n"
      "  accuracy_longer                          -           -           -\n"
      "  intervals: 1000 draws of 138 responses; there are fewer than 30 prompts, and they do not say how "
      "others go\n");
}

TEST(EvaluationTable, SaysWhenPairsOfRatingsAreASample) {
  const std::string table = evaluation_table(std::vector{of_pairs(), of_ratings()});
  EXPECT_THAT(table, HasSubstr("clear: covers 4 of 4 rows; 2 of their scores are missing\n"));
  EXPECT_THAT(table, HasSubstr("  pairs of ratings: 2 of 3 pairs       value"));
  EXPECT_THAT(table, HasSubstr("draws of 2 rows; fewer than 30, so they are too narrow\n"));
}

TEST(EvaluationTable, ShowsLargeAndSmallNumbersInFull) {
  Evaluation extreme = of_ratings();
  extreme.sets[0].metrics = {{"mse", 1.2345678e8, 0.0, 1.5e-6}};
  const std::string table = evaluation_table(std::vector{extreme});
  EXPECT_THAT(table, HasSubstr("1.2346e+08"));
  EXPECT_THAT(table, HasSubstr("1.5e-06"));
  EXPECT_THAT(table, Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace laurel::report_test
