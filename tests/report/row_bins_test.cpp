// Bins of rows: reliability, lengths, histograms.
#include "report/row_bins.h"

#include <gmock/gmock.h>

namespace laurel::row_bins_test {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

TEST(ReliabilityBins, HaveEqualNumbersInTheOrderOfConfidence) {
  std::vector<Forecast> forecasts;  // 0.99 down to 0.80, agreeing below 0.9
  for (int i = 0; i < 20; ++i) forecasts.push_back({0.99 - 0.01 * i, i < 10 ? 0.0 : 1.0});
  const std::vector<ReliabilityBin> bins = reliability_bins(forecasts);
  ASSERT_EQ(bins.size(), 2u);
  EXPECT_EQ(bins[0].n, 10);
  EXPECT_THAT(bins[0].confidence, DoubleNear(0.845, 1e-12));  // mean of 0.80 .. 0.89
  EXPECT_DOUBLE_EQ(bins[0].agreement, 1);
  EXPECT_THAT(bins[1].confidence, DoubleNear(0.945, 1e-12));
  EXPECT_DOUBLE_EQ(bins[1].agreement, 0);
  // (10 * 0.155 + 10 * 0.945) / 20
  EXPECT_THAT(*calibration_error(bins), DoubleNear(0.55, 1e-12));
}

TEST(ReliabilityBins, AreTenAtMostAndHaveEveryRow) {
  std::vector<Forecast> forecasts;
  for (int i = 0; i < 1005; ++i) forecasts.push_back({0.5 + i / 3000.0, 1});
  const std::vector<ReliabilityBin> bins = reliability_bins(forecasts);
  ASSERT_EQ(bins.size(), 10u);
  int64_t all = 0;
  for (const ReliabilityBin& bin : bins) {
    all += bin.n;
    EXPECT_NEAR(bin.n, 100.5, 1);
  }
  EXPECT_EQ(all, 1005);
}

TEST(ReliabilityBins, OfEqualConfidencesAreOne) {
  const std::vector<Forecast> forecasts(50, Forecast{0.7, 1});
  ASSERT_EQ(reliability_bins(forecasts).size(), 1u);
  EXPECT_EQ(reliability_bins(forecasts)[0].n, 50);
}

TEST(ReliabilityBins, OfNothingAreNone) {
  EXPECT_TRUE(reliability_bins({}).empty());
  EXPECT_EQ(calibration_error({}), std::nullopt);
  EXPECT_EQ(reliability_bins(std::vector<Forecast>{{0.6, 1}}).size(), 1u);
}

TEST(LengthBins, AreMeansOfAnswersOfSimilarLength) {
  std::vector<JudgedAnswer> answers;
  for (int i = 0; i < 10; ++i) answers.push_back({0, 100, 3});
  for (int i = 0; i < 10; ++i) answers.push_back({1, 10, i < 5 ? 1.0 : 2.0});
  const std::vector<LengthBin> bins = length_bins(answers);
  ASSERT_EQ(bins.size(), 2u);
  EXPECT_DOUBLE_EQ(bins[0].length, 10);
  EXPECT_DOUBLE_EQ(bins[0].reward, 1.5);
  EXPECT_DOUBLE_EQ(bins[1].length, 100);
  EXPECT_DOUBLE_EQ(bins[1].reward, 3);
}

EvaluatedRows two_classes() {
  EvaluatedRows rows;
  rows.classes = {{.name = "better"}, {.name = "worse"}};
  return rows;
}

// 0 to 4 in bins of 0.1, the step that is at least 4 / 40.
TEST(AddAnswers, CountsRewardsInBinsOfRoundWidth) {
  EvaluatedRows rows = two_classes();
  add_answers(rows, {{0, 5, 4}, {0, 6, 3.95}, {1, 1, 0}, {1, 2, 0.05}, {1, 3, 0.1}});
  EXPECT_DOUBLE_EQ(rows.histogram_low, 0);
  EXPECT_DOUBLE_EQ(rows.histogram_width, 0.1);
  ASSERT_EQ(rows.classes[0].counts.size(), 40u);
  EXPECT_EQ(rows.classes[0].counts[39], 2);
  EXPECT_EQ(rows.classes[1].counts[0], 2);
  EXPECT_EQ(rows.classes[1].counts[1], 1);
  EXPECT_DOUBLE_EQ(*rows.length_correlation, 1 - 6.0 * 2 / (5 * 24));  // ranks 5 4 1 2 3, 4 5 1 2 3
}

TEST(AddAnswers, PutsWhatLiesFarAwayIntoTheOuterBins) {
  EvaluatedRows rows = two_classes();
  std::vector<JudgedAnswer> answers{{0, 1, -1e6}, {1, 1, 1e6}};
  for (int i = 0; i < 1000; ++i) answers.push_back({size_t(i % 2), 1, i % 11 / 10.0});
  add_answers(rows, answers);
  EXPECT_DOUBLE_EQ(rows.histogram_low, 0);
  EXPECT_LE(rows.histogram_width, 0.1);
  int64_t all = 0;
  for (const AnswerClass& one : rows.classes) {
    for (const int64_t n : one.counts) all += n;
  }
  EXPECT_EQ(all, 1002);
}

TEST(AddAnswers, KeepsSomePointsOfEachClass) {
  EvaluatedRows rows = two_classes();
  std::vector<JudgedAnswer> answers{{1, 7, 1}};
  for (int i = 0; i < 100000; ++i) answers.push_back({0, static_cast<double>(i), 0});
  add_answers(rows, answers);
  EXPECT_EQ(rows.classes[0].length.size(), 400u);
  EXPECT_EQ(rows.classes[0].length[1], 250);  // every 250th
  EXPECT_THAT(rows.classes[1].length, ElementsAre(7));
  EXPECT_THAT(rows.classes[1].reward, ElementsAre(1));
}

TEST(AddAnswers, OfEqualRewardsHaveNoCorrelation) {
  EvaluatedRows rows = two_classes();
  add_answers(rows, {{0, 5, 2}, {1, 6, 2}});
  EXPECT_EQ(rows.length_correlation, std::nullopt);
}

}  // namespace
}  // namespace laurel::row_bins_test
