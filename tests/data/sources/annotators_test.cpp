// Ratings of several annotators: gathered, scaled, compared with tables worked by hand.
#include "data/sources/annotators.h"

#include <gmock/gmock.h>

#include <cmath>

namespace laurel::annotators_test {
namespace {

using testing::ElementsAre;
using testing::FloatNear;

constexpr double kNone = -1000;

// Ratings of one attribute by the annotators 0, 1, ...; kNone where one gave none.
AnnotatorScores annotator_scores(const std::vector<double>& scores) {
  AnnotatorScores row;
  for (size_t i = 0; i < scores.size(); ++i) {
    const auto at = static_cast<int32_t>(i);
    if (scores[i] == kNone) continue;
    row.scores.push_back({.entry = at, .annotator = at, .score = static_cast<float>(scores[i])});
  }
  return row;
}

Agreement agreement(const std::vector<AnnotatorScores>& rows) {
  AgreementTally tally(0);
  for (const AnnotatorScores& row : rows) tally.add(row);
  return tally.agreement();
}

// The same by its definition: all pairs of values, one by one.
double alpha_by_definition(const std::vector<AnnotatorScores>& rows) {
  std::vector<double> all;
  double observed = 0;
  for (const AnnotatorScores& row : rows) {
    if (row.scores.size() < 2) continue;
    double sum = 0;
    for (const AnnotatorScore& one : row.scores) {
      all.push_back(one.score);
      for (const AnnotatorScore& other : row.scores) sum += std::pow(one.score - other.score, 2);
    }
    observed += sum / static_cast<double>(row.scores.size() - 1);
  }
  double expected = 0;
  for (const double one : all) {
    for (const double other : all) expected += std::pow(one - other, 2);
  }
  const auto n = static_cast<double>(all.size());
  return 1 - (observed / n) / (expected / (n * (n - 1)));
}

TEST(AgreementTally, EqualsThePublishedExample) {
  // Krippendorff, Computing Krippendorff's alpha-reliability (2011), section E: interval .849.
  const double o = kNone;
  const std::vector<AnnotatorScores> rows{
      annotator_scores({1, 1, o, 1}), annotator_scores({2, 2, 3, 2}),
      annotator_scores({3, 3, 3, 3}), annotator_scores({3, 3, 3, 3}),
      annotator_scores({2, 2, 2, 2}), annotator_scores({1, 2, 3, 4}),
      annotator_scores({4, 4, 4, 4}), annotator_scores({1, 1, 2, 1}),
      annotator_scores({2, 2, 2, 2}), annotator_scores({o, 5, 5, 5}),
      annotator_scores({o, o, 1, 1}), annotator_scores({o, 3, o, o})};
  const Agreement found = agreement(rows);
  EXPECT_EQ(found.annotators, 4);
  EXPECT_EQ(found.responses, 11);
  EXPECT_NEAR(*found.alpha, 0.849, 0.0005);
  EXPECT_NEAR(*found.alpha, alpha_by_definition(rows), 1e-12);
}

TEST(AgreementTally, EqualsItsDefinitionFarFromZero) {
  const std::vector<AnnotatorScores> rows{annotator_scores({1e6, 1e6 + 1, 1e6 + 3}),
                                          annotator_scores({1e6 + 2, 1e6 + 2}),
                                          annotator_scores({1e6 + 7, kNone, 1e6 + 4, 1e6 + 6})};
  EXPECT_NEAR(*agreement(rows).alpha, alpha_by_definition(rows), 1e-9);
}

TEST(AgreementTally, MeasuresTheDeviationWithinAResponse) {
  // Deviations 0, sqrt(2) and, of a response with a single score, none.
  EXPECT_DOUBLE_EQ(
      agreement({annotator_scores({3, 3}), annotator_scores({2, 4}), annotator_scores({9})})
          .deviation,
      std::sqrt(2) / 2);
}

TEST(AgreementTally, IsNotDefinedWhereNothingDiffersOrNothingIsRepeated) {
  EXPECT_FALSE(agreement({annotator_scores({3, 3}), annotator_scores({3, 3})}).alpha);
  EXPECT_FALSE(agreement({annotator_scores({3}), annotator_scores({4})}).alpha);
  EXPECT_EQ(agreement({annotator_scores({3}), annotator_scores({4})}).responses, 0);
  EXPECT_EQ(agreement({}).annotators, 0);
  EXPECT_DOUBLE_EQ(*agreement({annotator_scores({3, 3}), annotator_scores({4, 4})}).alpha, 1);
}

TEST(MeanRatings, CountTheirRatings) {
  AnnotatorScores row{.scores = {{.attribute = 0, .score = 2},
                                 {.entry = 1, .attribute = 0, .score = 6},
                                 {.attribute = 2, .score = 5}},
                      .weight = 0.5};
  const Ratings scores = mean_ratings(row, 3);
  EXPECT_THAT(scores.score, ElementsAre(4, 0, 5));
  EXPECT_THAT(scores.weight, ElementsAre(1, 0, 0.5));
  EXPECT_THAT(scores.deviation, ElementsAre(FloatNear(2.8284271f, 1e-6f), -1, -1));
  EXPECT_TRUE(scores.positions.empty());
}

TEST(RatingsOfEach, AreOneTermPerEntryAtTheSamePosition) {
  AnnotatorScores row{.scores = {{.entry = 0, .attribute = 0, .score = 2},
                                 {.entry = 2, .attribute = 0, .score = 6},
                                 {.entry = 2, .attribute = 1, .score = 5}},
                      .weight = 0.5};
  const Ratings scores = ratings_of_each(row, 2);
  EXPECT_THAT(scores.score, ElementsAre(2, 0, 6, 5));
  EXPECT_THAT(scores.weight, ElementsAre(0.5, 0, 0.5, 0.5));
  EXPECT_THAT(scores.positions, ElementsAre(0, 0));
}

// Annotator 0 gave 1, 3 (mean 2, deviation 1), 1 gave 4, 8 (6, 2), 2 gave 9 alone, 3 gave 5, 5.
// All: mean 5, deviation sqrt(46 / 7).
std::vector<AnnotatorScores> rows_of_four() {
  return {annotator_scores({1, 4, 9, 5}), annotator_scores({3, 8, kNone, 5})};
}

AnnotatorReport scale(std::vector<AnnotatorScores>& rows, AnnotatorScaling scaling) {
  AnnotatorScales scales(scaling);
  for (const AnnotatorScores& row : rows) scales.add(row);
  for (AnnotatorScores& row : rows) scales.scale(row);
  return scales.report();
}

std::vector<float> scores_in(const AnnotatorScores& row) {
  std::vector<float> scores;
  for (const AnnotatorScore& rating : row.scores) scores.push_back(rating.score);
  return scores;
}

TEST(AnnotatorScales, CentersOnTheMeanOfAll) {
  std::vector<AnnotatorScores> rows = rows_of_four();
  const AnnotatorReport report = scale(rows, AnnotatorScaling::center);
  EXPECT_THAT(scores_in(rows[0]), ElementsAre(4, 3, 9, 5));
  EXPECT_THAT(scores_in(rows[1]), ElementsAre(6, 7, 5));
  EXPECT_EQ(report.annotators, 4);
  EXPECT_EQ(report.unscaled, 1);
  EXPECT_EQ(report.centred, 1);
}

TEST(AnnotatorScales, StandardizesToTheDeviationOfAll) {
  std::vector<AnnotatorScores> rows = rows_of_four();
  scale(rows, AnnotatorScaling::standardize);
  const float d = std::sqrt(46.f / 7);
  EXPECT_THAT(scores_in(rows[0]),
              ElementsAre(FloatNear(5 - d, 1e-6f), FloatNear(5 - d, 1e-6f), 9, 5));
  EXPECT_THAT(scores_in(rows[1]), ElementsAre(FloatNear(5 + d, 1e-6f), FloatNear(5 + d, 1e-6f), 5));
}

TEST(AnnotatorScales, LeavesScoresWhereNothingIsAskedFor) {
  std::vector<AnnotatorScores> rows = rows_of_four();
  scale(rows, AnnotatorScaling::none);
  EXPECT_THAT(scores_in(rows[0]), ElementsAre(1, 4, 9, 5));
}

TEST(AnnotatorNames, AreNumberedInTheOrderOfTheRows) {
  AnnotatorNames names;
  AnnotatorScores row{.scores = {{.annotator = 1}, {.annotator = 0}, {.annotator = -1}}};
  row = names.with_source_numbers(row, {"v", "u"});
  EXPECT_EQ(row.scores[0].annotator, 0);
  EXPECT_EQ(row.scores[1].annotator, 1);
  EXPECT_EQ(row.scores[2].annotator, -1);
  EXPECT_EQ(names.with_source_numbers({.scores = {{.annotator = 0}}}, {"v"}).scores[0].annotator,
            1);
  EXPECT_THAT(names.names(), ElementsAre("u", "v"));
}

}  // namespace
}  // namespace laurel::annotators_test
