// Slices by harm.
#include "report/slices_table.h"

#include <gmock/gmock.h>

namespace laurel::slices_table_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Metric metric(const char* name, double value, double low, double high) {
  return {.name = name, .value = value, .low = low, .high = high};
}

Slice slice(const char* value, int64_t n, double accuracy, double low, double high) {
  return {value, {.n = n, .metrics = {metric("accuracy", accuracy, low, high)}}};
}

// 100 rows: 0.7 = 0.5 * 0.6 + 0.3 * 0.9 + 0.2 * 0.65.
Evaluation three_slices() {
  return {.source = "ukp",
          .n = 100,
          .sets = {{.n = 100, .metrics = {metric("accuracy", 0.7, 0.6, 0.8)}}},
          .slices = {{.field = "<topic>",
                      .slices = {slice("big", 50, 0.6, 0.55, 0.68), slice("good", 30, 0.9, 0.8, 1),
                                 slice("<b>", 20, 0.65, 0.4, 0.9)},
                      .left_out = 3}},
          .comparison = SliceComparison{.metric = "accuracy",
                                        .compared = 3,
                                        .differ = {{"<topic>", "big", -0.1, -0.15, -0.05},
                                                   {"<topic>", "good", 0.2, 0.1, 0.3},
                                                   {"other", "<b>", -0.1, -0.2, -0.05}}}};
}

TEST(Harm, IsTheShareOfRowsTimesHowFarTheSliceIsWorse) {
  const Evaluation evaluation = three_slices();
  const MetricSet& all = evaluation.sets[0];
  const std::vector<Slice>& slices = evaluation.slices[0].slices;
  EXPECT_NEAR(*harm(slices[0], all, "accuracy"), 0.05, 1e-12);
  EXPECT_NEAR(*harm(slices[1], all, "accuracy"), -0.06, 1e-12);
  EXPECT_NEAR(*harm(slices[2], all, "accuracy"), 0.01, 1e-12);
  EXPECT_EQ(harm(slices[0], all, "auc"), std::nullopt);
}

TEST(Harm, OfAnErrorIsPositiveWhereItIsLarger) {
  const MetricSet all{.n = 10, .metrics = {metric("mse", 2, 1, 3)}};
  const Slice worse{"a", {.n = 5, .metrics = {metric("mse", 3, 2, 4)}}};
  EXPECT_DOUBLE_EQ(*harm(worse, all, "mse"), 0.5);
}

TEST(SliceMetric, IsThatOfTheKindOfLabels) {
  EXPECT_EQ(slice_metric({.metrics = {metric("accuracy", 1, 1, 1), metric("auc", 1, 1, 1)}}),
            "auc");
  EXPECT_EQ(slice_metric({.metrics = {metric("log_loss", 1, 1, 1)}}), "");
}

TEST(SlicesTables, HaveTheMostHarmfulFirst) {
  const std::string html = slices_tables(three_slices());
  const size_t big = html.find("<td>big</td>"), good = html.find("<td>good</td>"),
               other = html.find("<td>&lt;b&gt;</td>");
  ASSERT_NE(good, std::string::npos);
  EXPECT_LT(big, other);
  EXPECT_LT(other, good);
  EXPECT_THAT(html, AllOf(HasSubstr("By &lt;topic&gt;"),
                          HasSubstr("<td class=\"n\">0.0500</td><td>"
                                    "worse</td>"),
                          HasSubstr("<td class=\"n\">-0.0600</td><td>better</td>"),
                          HasSubstr("<td class=\"n\">0.0100</td><td></td>"),
                          HasSubstr("3 more values"), Not(HasSubstr("<b>"))));
}

TEST(SlicesTables, ShowASliceWithoutTheMetricLast) {
  Evaluation evaluation = three_slices();
  evaluation.slices[0].slices.insert(evaluation.slices[0].slices.begin(), Slice{"none", {.n = 1}});
  const std::string html = slices_tables(evaluation);
  EXPECT_LT(html.find("<td>good</td>"), html.find("<td>none</td>"));
}

TEST(SlicesTables, AreNothingWithoutSlices) {
  EXPECT_EQ(slices_tables({}), "");
  Evaluation evaluation = three_slices();
  evaluation.slices.clear();
  EXPECT_EQ(slices_tables(evaluation), "");
}

}  // namespace
}  // namespace laurel::slices_table_test
