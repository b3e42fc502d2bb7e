// The JSON line and the table of an evaluation.
#include "eval/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace laurel {
namespace {

using testing::HasSubstr;
using testing::Not;

Evaluation of_pairs() {
  return {.source = "ukp",
          .n = 1500,
          .dropped = 78,
          .reasons = {{"identical", 8}, {"over_length", 70}},
          .judged = {.n = 1500,
                     .unit = ResampleUnit::response,
                     .units = 138,
                     .metrics = {{"accuracy", 0.75, 0.7, 0.8125},
                                 {"accuracy_longer", std::nullopt, std::nullopt, std::nullopt}}},
          .pairs = std::nullopt,
          .pairs_possible = 0};
}

Evaluation of_ratings() {
  return {.source = "clear",
          .n = 4,
          .dropped = 0,
          .reasons = {},
          .judged = {.n = 4, .units = 4, .metrics = {{"mse", 0.25, 0.125, 0.5}}},
          .pairs = MetricSet{.n = 2, .units = 2, .metrics = {{"accuracy", 1.0, 0.5, 1.0}}},
          .pairs_possible = 3};
}

TEST(EvaluationJson, HoldsOneObjectAMetricAndNullWhereUndefined) {
  EXPECT_EQ(evaluation_json(of_pairs(), 150, 1700000000.5).dump(),
            R"({"kind":"eval","step":150,"time":1700000000.5,"source":"ukp","n":1500,"dropped":78,)"
            R"("unit":"response","units":138,"metrics":{)"
            R"("accuracy":{"value":0.75,"low":0.7,"high":0.8125},)"
            R"("accuracy_longer":{"value":null,"low":null,"high":null}}})");
}

TEST(EvaluationJson, OfRatingsAddsTheMetricsOfTheirPairs) {
  EXPECT_EQ(evaluation_json(of_ratings(), 0, 1).dump(),
            R"({"kind":"eval","step":0,"time":1.0,"source":"clear","n":4,"dropped":0,)"
            R"("unit":"row","units":4,"pairs":{"n":2,"possible":3,"unit":"row","units":2},)"
            R"("metrics":{"mse":{"value":0.25,"low":0.125,"high":0.5},)"
            R"("accuracy":{"value":1.0,"low":0.5,"high":1.0}}})");
}

TEST(EvaluationTable, SaysWhatItCoversAndAlignsItsNumbers) {
  EXPECT_EQ(evaluation_table(std::vector{of_pairs()}),
            "ukp: covers 1500 of 1578 rows, 78 dropped: 8 identical, 70 over_length\n"
            "  1500 rows                    value       2.5 %      97.5 %\n"
            "  accuracy                    0.7500      0.7000      0.8125\n"
            "  accuracy_longer                  -           -           -\n"
            "  intervals: 1000 draws of 138 responses\n");
}

TEST(EvaluationTable, SaysWhenPairsOfRatingsAreASample) {
  const std::string table = evaluation_table(std::vector{of_pairs(), of_ratings()});
  EXPECT_THAT(table, HasSubstr("clear: covers 4 of 4 rows\n"));
  EXPECT_THAT(table, HasSubstr("  2 of 3 pairs                 value"));
  EXPECT_THAT(table, HasSubstr("draws of 2 rows\n"));
}

TEST(EvaluationTable, ShowsLargeAndSmallNumbersInFull) {
  Evaluation extreme = of_ratings();
  extreme.judged.metrics = {{"mse", 1.2345678e8, 0.0, 1.5e-6}};
  const std::string table = evaluation_table(std::vector{extreme});
  EXPECT_THAT(table, HasSubstr("1.2346e+08"));
  EXPECT_THAT(table, HasSubstr("1.5e-06"));
  EXPECT_THAT(table, Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace laurel
