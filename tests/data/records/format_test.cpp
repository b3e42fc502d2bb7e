// What every form of row means, and what is said of rows that mean nothing.
#include "data/records/format.h"

#include <gmock/gmock.h>

#include "core/str.h"
#include "data/tiny.h"

namespace laurel::format_test {
namespace {

using test::error_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Example pair(const std::string& row, Fields fields = {}) {
  return parse_row(Json::parse(row), {.format = PairwiseFormat{}, .fields = fields}, "a:3");
}

Example rating(const std::string& row, Fields fields = {}) {
  return parse_row(Json::parse(row), {.format = PointwiseFormat{}, .fields = fields}, "a:3");
}

std::string error_of_pair(const std::string& row) {
  return error_of(ErrorKind::data, [&] { pair(row); });
}

std::string error_of_rating(const std::string& row) {
  return error_of(ErrorKind::data, [&] { rating(row); });
}

std::string string_of(const Text& text) { return std::get<std::string>(text); }

TEST(ParseRow, ReadsAPairWithoutPrompt) {
  const Example example = pair(R"({"chosen": "yes", "rejected": "no"})");
  EXPECT_FALSE(example.prompt);
  EXPECT_EQ(string_of(example.responses[0]), "yes");
  EXPECT_EQ(string_of(example.responses[1]), "no");
  EXPECT_THAT(example.names, ElementsAre("chosen", "rejected"));
  const auto preference = std::get<Preferences>(*example.label)[0];
  EXPECT_EQ(preference.better, 0);
  EXPECT_EQ(preference.worse, 1);
  EXPECT_EQ(preference.margin, 0);
  EXPECT_EQ(preference.target, 1);
  EXPECT_EQ(preference.weight, 1);
  EXPECT_THAT(example.given, IsEmpty());
  EXPECT_FALSE(example.is_chat());
}

TEST(ParseRow, ReadsPromptMarginAndWeight) {
  const Example example = pair(R"({"prompt": "p", "chosen": "yes", "rejected": "no",
                                   "margin": -0.5, "weight": 2, "id": 7})");
  EXPECT_EQ(string_of(*example.prompt), "p");
  EXPECT_EQ(std::get<Preferences>(*example.label)[0].margin, -0.5f);
  EXPECT_EQ(std::get<Preferences>(*example.label)[0].weight, 2);
  EXPECT_THAT(example.given, ElementsAre("margin"));
  EXPECT_THAT(example.ignored, ElementsAre("id"));
}

TEST(ParseRow, TakesOptionalFieldsThatAreNullAsAbsent) {
  const Example example = pair(
      R"({"prompt": null, "chosen": "yes", "rejected": "no", "margin": null, "weight": null})");
  EXPECT_FALSE(example.prompt);
  EXPECT_THAT(example.given, IsEmpty());
  EXPECT_EQ(std::get<Preferences>(*example.label)[0].weight, 1);
}

TEST(ParseRow, ReadsWhichOfTwoResponsesIsPreferred) {
  const std::string row = R"({"response_a": "x", "response_b": "y", "preferred": ")";
  EXPECT_EQ(std::get<Preferences>(*pair(row + "a\"}").label)[0].better, 0);
  EXPECT_EQ(std::get<Preferences>(*pair(row + "b\"}").label)[0].better, 1);
  EXPECT_EQ(std::get<Preferences>(*pair(row + "b\"}").label)[0].worse, 0);
  EXPECT_EQ(string_of(pair(row + "b\"}").responses[0]), "x");
}

TEST(ParseRow, ReadsMessageLists) {
  const Example example = pair(R"({
    "prompt": [{"role": "user", "content": "2+2?"}],
    "chosen": [{"role": "assistant", "content": "4"}],
    "rejected": [{"role": "assistant", "content": "5"}]})");
  EXPECT_TRUE(example.is_chat());
  EXPECT_EQ(std::get<Conversation>(example.responses[1])[0].content, "5");
}

TEST(ParseRow, ReadsARating) {
  const Example example = rating(R"({"prompt": "p", "response": "r", "score": 4, "weight": 0.5})");
  EXPECT_THAT(std::get<Ratings>(*example.label).score, ElementsAre(4));
  EXPECT_THAT(std::get<Ratings>(*example.label).weight, ElementsAre(0.5));
  EXPECT_THAT(example.names, ElementsAre("response"));
}

TEST(ParseRow, FindsRenamedFields) {
  const Example example = rating(R"({"completion": "r", "stars": -2, "score": 9, "response": "x"})",
                                 {{"response", "completion"}, {"score", "stars"}});
  EXPECT_EQ(string_of(example.responses[0]), "r");
  EXPECT_THAT(std::get<Ratings>(*example.label).score, ElementsAre(-2));
  EXPECT_THAT(example.ignored, ElementsAre("score", "response"));
  EXPECT_EQ(
      error_of(ErrorKind::data,
               [] {
                 rating(R"({"score": 1})", {{"response", "text"}});
               }),
      "a:3: found no \"text\" (fields: score), expected \"response\" and \"score\" (\"fields\" "
      "says where it is)");
}

TEST(ParseRow, NeedsNoLabelIfRowsAreOnlyScored) {
  const auto parse = [](const std::string& row, Format format) {
    return parse_row(Json::parse(row), {.format = format, .fields = {}, .labelled = false}, "a:3");
  };
  EXPECT_FALSE(parse(R"({"response": "r"})", PointwiseFormat{}).label);
  EXPECT_FALSE(parse(R"({"response": "r", "score": 1})", PointwiseFormat{}).label);
  EXPECT_FALSE(parse(R"({"response_a": "x", "response_b": "y"})", PairwiseFormat{}).label);
  EXPECT_FALSE(parse(R"({"chosen": "x", "rejected": "y"})", PairwiseFormat{}).label);
}

TEST(ParseRow, RefusesPairsThatLackAField) {
  EXPECT_EQ(error_of_pair(R"({"prompt": "p", "response": "r"})"),
            "a:3: found no pair (fields: prompt, response), expected \"chosen\" and \"rejected\", "
            "or \"response_a\", \"response_b\" and \"preferred\" (\"fields\" says where it is)");
  EXPECT_EQ(error_of_pair(R"({})"),
            "a:3: found no pair (the row is empty), expected \"chosen\" and \"rejected\", or "
            "\"response_a\", \"response_b\" and \"preferred\" (\"fields\" says where it is)");
  EXPECT_EQ(
      error_of_pair(R"({"chosen": "x"})"),
      "a:3: found no \"rejected\" (fields: chosen), expected it (\"fields\" says where it is)");
  EXPECT_EQ(error_of_pair(R"({"response_a": "x", "response_b": "y"})"),
            "a:3: found no \"preferred\" (fields: response_a, response_b), expected it (\"fields\" "
            "says where it is)");
  EXPECT_EQ(error_of_pair(R"({"chosen": "x", "response_a": "y"})"),
            "a:3: found fields of two kinds of pairs (fields: chosen, response_a), expected "
            "\"chosen\" and \"rejected\", or \"response_a\", \"response_b\" and \"preferred\"");
}

TEST(ParseRow, RefusesEmptyAnswers) {
  EXPECT_EQ(error_of_pair(R"({"chosen": "x", "rejected": ""})"),
            "a:3: found an empty \"rejected\", expected an answer");
  EXPECT_EQ(error_of_rating(R"({"response": [{"role": "assistant", "content": ""}], "score": 1})"),
            "a:3: found no text in the last message of \"response\", expected an answer");
}

TEST(ParseRow, PointsFromSeveralAnswersToRankedRows) {
  const std::string row =
      R"({"prompt": "Capital of France?", "chosen": "Paris.", "rejected": ["Lyon.", "Nice."]})";
  EXPECT_EQ(error_of_pair(row),
            "a:3: found a list of 2 answers for \"rejected\", expected one; several answers are a "
            "row of the format ranked: {\"prompt\": ..., \"responses\": [the best, another, ...], "
            "\"ranks\": [1, 2, ...]}, equal ranks for equally good ones");
  EXPECT_THAT(error_of_pair(R"({"chosen": [[{"role": "assistant", "content": "x"}]],
                                "rejected": "y"})"),
              HasSubstr("found a list of 1 answer for \"chosen\""));
  EXPECT_THAT(error_of_rating(R"({"response": ["x", "y"], "score": 1})"),
              HasSubstr("found a list of 2 answers for \"response\""));
}

// UltraFeedback's rows: "prompt" is the first user message of both dialogues.
TEST(ParseRow, AStringPromptMayStandBesideTheDialoguesThatBeginWithIt) {
  const auto row = [](const std::string& prompt, const std::string& before = "") {
    const std::string begin = before + R"({"role": "user", "content": "2+2?"}, )";
    return R"({"prompt": ")" + prompt + R"(", "chosen": [)" + begin +
           R"({"role": "assistant", "content": "4"}], "rejected": [)" + begin +
           R"({"role": "assistant", "content": "5"}]})";
  };
  EXPECT_FALSE(pair(row("2+2?")).prompt);
  EXPECT_FALSE(pair(row("2+2? ")).prompt);
  EXPECT_FALSE(pair(row("2+2?", R"({"role": "system", "content": "s"}, )")).prompt);
  EXPECT_EQ(std::get<Conversation>(pair(row("2+2?")).responses[0]).size(), 2u);
  EXPECT_EQ(string_of(*pair(row("3+3?")).prompt), "3+3?");  // which the text rule refuses
}

TEST(ParseRow, RefusesTextOfTheWrongType) {
  EXPECT_THAT(error_of_pair(R"({"chosen": 3, "rejected": "x"})"), HasSubstr("a:3: chosen: found"));
  EXPECT_THAT(error_of_pair(R"({"chosen": null, "rejected": "x"})"), HasSubstr("found null"));
  EXPECT_THAT(error_of_pair(R"({"prompt": {}, "chosen": "y", "rejected": "x"})"),
              HasSubstr("a:3: prompt: found"));
}

TEST(ParseRow, RefusesInvalidNumbers) {
  const auto score = [](const std::string& value) {
    return error_of_rating(R"({"response": "r", "score": )" + value + "}");
  };
  const std::string expected = " for \"score\", expected a number that is finite in fp32";
  EXPECT_EQ(score("\"four\""), "a:3: found a string" + expected);
  EXPECT_EQ(score("{}"), "a:3: found an object" + expected);
  EXPECT_EQ(score("null"), "a:3: found null" + expected);
  EXPECT_EQ(score("[1]"), "a:3: found a list" + expected);
  EXPECT_EQ(score("1e39"), "a:3: found the number 1e+39" + expected);
  EXPECT_EQ(
      error_of_rating(R"({"response": "r"})"),
      "a:3: found no \"score\" (fields: response), expected it (\"fields\" says where it is)");
  EXPECT_EQ(error_of_rating(R"({"response": "r", "score": 1, "weight": -1})"),
            "a:3: found the weight -1, expected a number >= 0");
  EXPECT_EQ(error_of_pair(R"({"chosen": "x", "rejected": "y", "margin": "big"})"),
            "a:3: found a string for \"margin\", expected a number that is finite in fp32");
}

TEST(ParseRow, RefusesAPromptThatTheAnswersRepeat) {
  EXPECT_EQ(error_of_rating(R"({"prompt": [{"role": "user", "content": "q"}], "score": 1,
      "response": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]})"),
            "a:3: found the messages of \"prompt\" again at the beginning of \"response\", "
            "expected only the messages that follow; leave out one of the two");
  // In one answer alone it would tell the two apart.
  for (const char* prompt : {R"([{"role": "user", "content": "q"}])", R"("q ")"}) {
    EXPECT_THAT(error_of_pair(str(R"({"prompt": )", prompt, R"(, "chosen": "b", "rejected":
        [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]})")),
                HasSubstr("again at the beginning of \"rejected\", expected only"));
  }
}

TEST(DetectFormat, GoesByTheFieldsOfTheRow) {
  const auto detect = [](const std::string& row) {
    return detect_format(Json::parse(row), {{"response", "text"}}, "a:1");
  };
  EXPECT_EQ(detect(R"({"chosen": 1, "rejected": 2})"), Format(PairwiseFormat{}));
  EXPECT_EQ(detect(R"({"response_a": 1, "response_b": 2})"), Format(PairwiseFormat{}));
  EXPECT_EQ(detect(R"({"text": 1})"), Format(PointwiseFormat{}));
  EXPECT_EQ(detect(R"({"responses": 1})"), Format(RankedFormat{}));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { detect(R"({"chosen": 1})"); }),
              HasSubstr("a:1: found fields of no format (fields: chosen), expected"));
  EXPECT_THAT(
      error_of(ErrorKind::data, [&] { detect(R"({"chosen": 1, "rejected": 1, "text": 1})"); }),
      HasSubstr("found fields of several formats (fields: chosen, rejected, text), expected"));
}

TEST(RewardFields, AreThoseOfTheResponsesThatTheRowNames) {
  const auto fields = [](const Format& format, const std::string& row) {
    return reward_fields(format, Json::parse(row), {{"response_a", "first"}});
  };
  EXPECT_THAT(fields(PairwiseFormat{}, R"({"chosen": 1, "rejected": 2})"),
              ElementsAre("chosen_reward", "rejected_reward"));
  EXPECT_THAT(fields(PairwiseFormat{}, R"({"first": 1})"),
              ElementsAre("response_a_reward", "response_b_reward"));
  EXPECT_THAT(fields(PointwiseFormat{}, "{}"), ElementsAre("reward"));
  EXPECT_THAT(fields(SegmentsFormat{}, "{}"), ElementsAre("reward"));
  EXPECT_THAT(fields(RankedFormat{}, "{}"), IsEmpty());
}

TEST(DetectFormat, NamesWhatEveryFormatNeeds) {
  EXPECT_EQ(
      error_of(ErrorKind::data, [] { detect_format(Json::object(), {}, "a:1"); }),
      "a:1: found fields of no format (the row is empty), expected \"chosen\" and "
      "\"rejected\", or \"response_a\", \"response_b\" and \"preferred\" (pairwise), "
      "\"response\" and \"score\" (pointwise), \"responses\" and \"ranks\" or "
      "\"scores\" (ranked), or \"completions\" and \"labels\", or \"response\", "
      "\"segments\" and \"labels\" (segments); where they have other names, say so in fields");
}

}  // namespace
}  // namespace laurel::format_test
