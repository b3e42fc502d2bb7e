// Ratings by attribute and by annotator.
#include <gmock/gmock.h>

#include "data/records/format.h"
#include "data/tiny.h"

namespace laurel::row_pointwise_test {
namespace {

using test::error_of;
using testing::ElementsAre;
using testing::FloatEq;
using testing::IsEmpty;

// A response with these fields beside it.
Example example_of(const std::string& fields, const std::vector<std::string>& attributes = {},
                   const Fields& map = {}) {
  const Json row = Json::parse(R"({"response": "r", )" + fields + "}");
  const RowSchema schema{
      .format = PointwiseFormat{}, .fields = FieldMap(map), .attributes = attributes};
  return parse_row(row, schema, "a:3");
}

Ratings scores_of(const std::string& fields, const std::vector<std::string>& attributes = {}) {
  return std::get<Ratings>(*example_of(fields, attributes).label);
}

std::string error_in(const std::string& fields, const std::vector<std::string>& attributes = {}) {
  return error_of(ErrorKind::data, [&] { example_of(fields, attributes); });
}

TEST(PointwiseRow, TreatsAMissingAttributeAsNotLabelled) {
  const Ratings scores = scores_of(R"("x": 4, "y": null, "weight": 2)", {"x", "y", "z"});
  EXPECT_THAT(scores.score, ElementsAre(4, 0, 0));
  EXPECT_THAT(scores.weight, ElementsAre(2, 0, 0));
  EXPECT_THAT(scores.deviation, IsEmpty());
  EXPECT_THAT(scores_of(R"("x": 0)", {"y", "x"}).weight, ElementsAre(0, 1));
}

TEST(PointwiseRow, FindsRenamedAttributesAndIgnoresTheScore) {
  const Example example = example_of(R"("stars": 3, "score": 5)", {"x"}, {{"x", "stars"}});
  EXPECT_THAT(std::get<Ratings>(*example.label).score, ElementsAre(3));
  EXPECT_THAT(example.ignored, ElementsAre("score"));
}

TEST(PointwiseRow, TakesTheMeanOfAListOfScores) {
  const Example example =
      example_of(R"("scores": [1, null, 4, 4], "annotators": ["u", "v", 7, "w"], "weight": 0.5)");
  const auto scores = std::get<Ratings>(*example.label);
  EXPECT_THAT(scores.score, ElementsAre(3));
  EXPECT_THAT(scores.weight, ElementsAre(1.5));
  EXPECT_THAT(scores.deviation, ElementsAre(FloatEq(1.7320508f)));  // sqrt((4 + 1 + 1) / 2)
  EXPECT_THAT(example.annotators, ElementsAre("u", "v", "7", "w"));
  ASSERT_EQ(example.annotator_scores.scores.size(), 3u);
  EXPECT_EQ(example.annotator_scores.scores[1].entry, 2);
  EXPECT_EQ(example.annotator_scores.scores[1].annotator, 2);
  EXPECT_EQ(example.annotator_scores.scores[1].score, 4);
  EXPECT_EQ(example.annotator_scores.weight, 0.5);
}

TEST(PointwiseRow, TakesListsByAttributeWithOrWithoutNames) {
  const Ratings scores =
      scores_of(R"("x": [1, 3], "y": [5, null], "annotators": ["u", "v"])", {"x", "y", "z"});
  EXPECT_THAT(scores.score, ElementsAre(2, 5, 0));
  EXPECT_THAT(scores.weight, ElementsAre(2, 1, 0));
  EXPECT_THAT(scores.deviation, ElementsAre(FloatEq(1.4142135f), -1, -1));
  const Example unnamed = example_of(R"("x": [1, 3], "y": [5, 6, 7])", {"x", "y"});
  EXPECT_EQ(unnamed.annotator_scores.scores[4].annotator, -1);
  EXPECT_THAT(std::get<Ratings>(*unnamed.label).weight, ElementsAre(2, 3));
}

TEST(PointwiseRow, RefusesRowsWithoutAScore) {
  EXPECT_EQ(error_in(R"("x": null, "score": 1)", {"x", "y"}),
            "a:3: found no score (fields: response, x, score), expected one or more of x, y; leave "
            "out rows without a score");
  EXPECT_EQ(error_in(R"("scores": [null])"),
            "a:3: found no score (fields: response, scores), expected one or more of scores; leave "
            "out rows without a score");
  EXPECT_EQ(error_in(R"("x": [], "y": [null])", {"x", "y"}),
            "a:3: found no score (fields: response, x, y), expected one or more of x, y; leave out "
            "rows without a score");
  EXPECT_EQ(
      error_in(R"("id": 1)"),
      "a:3: found no \"score\" (fields: response, id), expected it (\"fields\" says where it is)");
}

TEST(PointwiseRow, RefusesScoresOfTwoMeanings) {
  EXPECT_EQ(error_in(R"("score": 1, "scores": [1])"),
            "a:3: found both \"score\" and \"scores\", expected one of them");
  EXPECT_EQ(error_in(R"("x": 1, "y": [1])", {"x", "y"}),
            "a:3: found lists and single numbers (fields: response, x, y), expected one of the two "
            "for all attributes of a row");
  EXPECT_EQ(
      error_in(R"("score": 1, "annotators": ["u"])"),
      "a:3: found \"annotators\" and one number in \"score\", expected a list of as many scores");
}

TEST(PointwiseRow, RefusesListsThatDoNotFitTheirAnnotators) {
  EXPECT_EQ(error_in(R"("scores": [1, 2], "annotators": ["u"])"),
            "a:3: found 2 numbers in \"scores\", expected 1, one for each of the annotators");
  EXPECT_EQ(error_in(R"("scores": [1, 2], "annotators": [])"),
            "a:3: found 2 numbers in \"scores\", expected 0, one for each of the annotators");
  EXPECT_EQ(error_in(R"("scores": [1], "annotators": [null])"),
            "a:3: found null for \"annotators[0]\", expected a name or a whole number");
  EXPECT_EQ(error_in(R"("scores": [1], "annotators": [""])"),
            "a:3: found a string for \"annotators[0]\", expected a name or a whole number");
  EXPECT_EQ(error_in(R"("scores": [1], "annotators": "u")"),
            "a:3: found a string for \"annotators\", expected a list");
  EXPECT_EQ(error_in(R"("scores": ["x"])"),
            "a:3: found a string for \"scores[0]\", expected a number that is finite in fp32");
}

}  // namespace
}  // namespace laurel::row_pointwise_test
