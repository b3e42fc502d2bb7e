// What a list of responses in an order means.
#include <gmock/gmock.h>

#include "core/str.h"
#include "data/records/format.h"
#include "data/tiny.h"

namespace laurel::row_ranked_test {
namespace {

using test::error_of;
using testing::ElementsAre;

Example list(const std::string& row, bool labelled = true) {
  return parse_row(Json::parse(row), {.format = RankedFormat{}, .fields = {}, .labelled = labelled},
                   "a:3");
}

// A list of three responses with this beside them.
Ranking ranking(const std::string& fields) {
  const std::string row = R"({"prompt": "p", "responses": ["x", "y", "z"], )" + fields + "}";
  return std::get<Ranking>(*list(row).label);
}

std::string error_of_list(const std::string& row) {
  return error_of(ErrorKind::data, [&] { list(row); });
}

std::string error_of_ranking(const std::string& fields) {
  return error_of(ErrorKind::data, [&] { ranking(fields); });
}

TEST(RankedRow, ReadsResponsesAndRanks) {
  const Example example = list(
      R"({"prompt": "p", "responses": ["x", "y", "z"], "ranks": [2, 1, 3], "weight": 0.5, "id": 1})");
  EXPECT_EQ(std::get<std::string>(*example.prompt), "p");
  EXPECT_EQ(std::get<std::string>(example.responses[2]), "z");
  EXPECT_THAT(example.names, ElementsAre("responses", "responses", "responses"));
  EXPECT_THAT(example.ignored, ElementsAre("id"));
  const auto& [rank, score, weight] = std::get<Ranking>(*example.label);
  EXPECT_THAT(rank, ElementsAre(2, 1, 3));
  EXPECT_THAT(score, ElementsAre(1, 2, 0));
  EXPECT_EQ(weight, 0.5);
}

TEST(RankedRow, ReadsListsOfMessagesAndStringsBesideThem) {
  const Example example = list(R"({"prompt": [{"role": "user", "content": "q"}], "ranks": [1, 2],
      "responses": ["x", [{"role": "assistant", "content": "y"}]]})");
  EXPECT_TRUE(example.is_chat());
  EXPECT_EQ(std::get<Conversation>(example.responses[1])[0].content, "y");
}

TEST(RankedRow, TakesEqualRanksAsTiesAndNullAsUnranked) {
  EXPECT_THAT(ranking(R"("ranks": [1, 1, 3])").rank, ElementsAre(1, 1, 3));
  EXPECT_THAT(ranking(R"("ranks": [1, 1, 3])").score, ElementsAre(1, 1, 0));
  EXPECT_THAT(ranking(R"("ranks": [2, null, 1.0])").rank, ElementsAre(2, -1, 1));
  EXPECT_THAT(ranking(R"("ranks": [2, null, 1])").score, ElementsAre(0, 0, 1));
  EXPECT_EQ(ranking(R"("ranks": [1, 2, 3])").weight, 1);
}

TEST(RankedRow, MakesRanksOfScores) {
  EXPECT_THAT(ranking(R"("scores": [0.5, -2, 7])").rank, ElementsAre(2, 3, 1));
  EXPECT_THAT(ranking(R"("scores": [0.5, -2, 7])").score, ElementsAre(0.5, -2, 7));
  EXPECT_THAT(ranking(R"("scores": [4, 4, 1])").rank, ElementsAre(1, 1, 3));
  EXPECT_THAT(ranking(R"("scores": [null, 4, 1])").rank, ElementsAre(-1, 1, 2));
  EXPECT_THAT(ranking(R"("scores": [3, 4, 1], "ranks": null)").rank, ElementsAre(2, 1, 3));
}

TEST(RankedRow, NeedsNoRanksIfRowsAreOnlyScored) {
  EXPECT_FALSE(list(R"({"responses": ["x"]})", false).label);
  EXPECT_FALSE(list(R"({"responses": ["x", "y"], "ranks": [1]})", false).label);
  EXPECT_EQ(error_of(ErrorKind::data, [] { list(R"({"responses": []})", false); }),
            "a:3: found 0 of \"responses\", expected 1 or more");
}

TEST(RankedRow, RefusesInvalidLists) {
  EXPECT_EQ(error_of_list(R"({"prompt": "p"})"),
            "a:3: found no \"responses\" (fields: prompt), expected \"responses\" and \"ranks\" or "
            "\"scores\" (\"fields\" says where it is)");
  EXPECT_EQ(error_of_list(R"({"responses": "x", "ranks": [1]})"),
            "a:3: found a string for \"responses\", expected a list");
  EXPECT_EQ(error_of_list(R"({"responses": ["x"], "ranks": [1]})"),
            "a:3: found 1 of \"responses\", expected 2 or more");
  EXPECT_EQ(error_of_list(R"({"responses": ["x", ""], "ranks": [1, 2]})"),
            "a:3: found an empty \"responses[1]\", expected an answer");
  EXPECT_EQ(error_of_list(R"({"responses": ["x", 7], "ranks": [1, 2]})"),
            "a:3: responses[1]: found the number 7, expected a string or a list of messages");
}

TEST(RankedRow, RefusesInvalidRanks) {
  EXPECT_EQ(error_of_ranking(R"("weight": 1)"),
            "a:3: found neither \"ranks\" nor \"scores\" (fields: prompt, responses, weight), "
            "expected one of them (\"fields\" says where it is)");
  EXPECT_EQ(error_of_ranking(R"("ranks": [1, 2, 3], "scores": [1, 2, 3])"),
            "a:3: found both \"ranks\" and \"scores\" (fields: prompt, responses, ranks, scores), "
            "expected one of them (\"fields\" says where it is)");
  EXPECT_EQ(error_of_ranking(R"("ranks": [1, 2])"),
            "a:3: found 2 numbers in \"ranks\", expected 3, one for each of the responses");
  EXPECT_EQ(error_of_ranking(R"("ranks": [null, 2, null])"),
            "a:3: found 1 number in \"ranks\", expected two or more: "
            "one response alone has no "
            "rank");
  const std::string whole = "expected a whole number from 1, the best, to 1000000, or null";
  EXPECT_EQ(error_of_ranking(R"("ranks": [1, 1.5, 3])"),
            "a:3: found the rank 1.5 in \"ranks[1]\", " + whole);
  EXPECT_EQ(error_of_ranking(R"("ranks": [0, 1, 2])"),
            "a:3: found the rank 0 in \"ranks[0]\", " + whole);
  EXPECT_EQ(error_of_ranking(R"("ranks": [1, "second", 3])"),
            "a:3: found a string for \"ranks[1]\", expected a number that is finite in fp32");
  EXPECT_EQ(error_of_ranking(R"("scores": 3)"),
            "a:3: found the number 3 for \"scores\", expected a list");
}

TEST(RankedRow, RefusesMoreResponsesThanCanBeCompared) {
  std::string responses = "\"x\"";
  for (int i = 0; i < 4096; ++i) responses += ",\"x\"";
  const std::string row = str("{\"responses\": [", responses, "], \"ranks\": []}");
  EXPECT_EQ(error_of(ErrorKind::data, [&] { list(row); }),
            "a:3: found 4097 of \"responses\", expected at most 4096");
}

}  // namespace
}  // namespace laurel::row_ranked_test
