// Field maps: what a row's fields are read from, and what is said where that fails.
#include "data/records/field_map.h"

#include <gmock/gmock.h>

#include "data/records/format.h"
#include "data/records/keys_seen.h"
#include "data/tiny.h"

namespace laurel::field_map_test {
namespace {

using test::error_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Example parse(const std::string& row, const Format& format, const Fields& fields,
              const std::vector<std::string>& attributes = {}) {
  return parse_row(Json::parse(row), {.format = format, .fields = fields, .attributes = attributes},
                   "a:3");
}

std::string error_of_row(const std::string& row, const Format& format, const Fields& fields) {
  return error_of(ErrorKind::data, [&] { parse(row, format, fields); });
}

std::string string_of(const Text& text) { return std::get<std::string>(text); }

TEST(FieldMap, ReadsNamesExactlyAndExpressionsByJinja) {
  const Example example = parse(
      R"({"question": "Q", "answers": [{"text": "A"}, {"text": "B"}]})", PairwiseFormat{},
      {{"prompt", "question"}, {"chosen", "answers[0].text"}, {"rejected", "answers[1].text"}});
  EXPECT_EQ(string_of(*example.prompt), "Q");
  EXPECT_EQ(string_of(example.responses[0]), "A");
  EXPECT_EQ(string_of(example.responses[1]), "B");
  EXPECT_THAT(example.ignored, IsEmpty());
}

TEST(FieldMap, NullLeavesAFieldOut) {
  const std::string row = R"({"prompt": "Q", "chosen": "A", "rejected": "B", "margin": 2})";
  const Example example =
      parse(row, PairwiseFormat{}, {{"prompt", std::nullopt}, {"margin", std::nullopt}});
  EXPECT_FALSE(example.prompt);
  EXPECT_THAT(example.given, IsEmpty());
  EXPECT_THAT(example.ignored, IsEmpty());
}

TEST(FieldMap, WhatAnExpressionReadsIsNotReadAgainUnderItsOwnName) {
  const std::string row =
      R"({"prompt": "[\"Q\"]", "a": "[\"A\"]", "b": "[\"B\"]", "preferred": "a"})";
  const Fields fields{{"response_a", "(prompt | parse_json) | turns(a | parse_json)"},
                      {"response_b", "(prompt | parse_json) | turns(b | parse_json)"}};
  const Example example = parse(row, PairwiseFormat{}, fields);
  EXPECT_FALSE(example.prompt);
  EXPECT_EQ(std::get<Conversation>(example.responses[1])[1].content, "B");
  EXPECT_THAT(example.ignored, IsEmpty());
}

TEST(FieldMap, APromptOfMarkedTextEndsBeforeTheAnswersMark) {
  const std::string row =
      R"({"prompt": "\n\nHuman: Q\n\nAssistant:", "chosen": "A", "rejected": "B"})";
  const Example example = parse(row, PairwiseFormat{}, {{"prompt", "prompt | dialogue"}});
  const auto& prompt = std::get<Conversation>(*example.prompt);
  ASSERT_EQ(prompt.size(), 1u);
  EXPECT_EQ(prompt[0].content, "Q");
  EXPECT_EQ(error_of_row(R"({"chosen": "Human: Q\n\nAssistant: ", "rejected": "Human: Q"})",
                         PairwiseFormat{}, {{"chosen", "chosen | dialogue"}}),
            "a:3: found no text in the last message of \"chosen = chosen | dialogue\", expected an "
            "answer");
}

TEST(FieldMap, AFilterAndAnIdTakeNothingAway) {
  const FieldMap fields({{"id", "prompt"}}, "score > 3");
  const Json row = Json::parse(R"({"prompt": "Q", "response": "A", "score": 4})");
  const FieldValues values = fields.evaluate(row, "", "a:3");
  EXPECT_EQ(values.id, "Q");
  const Example example =
      parse_row(row, values, {.format = PointwiseFormat{}, .fields = fields}, "a:3");
  EXPECT_EQ(string_of(*example.prompt), "Q");
  EXPECT_EQ(std::get<Ratings>(*example.label).score[0], 4);
  EXPECT_FALSE(fields.evaluate(Json::parse(R"({"prompt": "Q", "score": 3})"), "", "a:3").kept);
}

TEST(FieldMap, TrueAndFalseAreOneAndZeroWhereANumberIsWanted) {
  const auto score = [](const std::string& row, const Fields& fields) {
    return std::get<Ratings>(*parse(row, PointwiseFormat{}, fields).label).score[0];
  };
  EXPECT_EQ(score(R"({"response": "A", "score": true})", {}), 1);
  EXPECT_EQ(score(R"({"response": "A", "label": false})", {{"score", "label"}}), 0);
  EXPECT_EQ(score(R"({"response": "A", "label": true})", {{"score", "label | int"}}), 1);
  EXPECT_EQ(score(R"({"response": "A", "label": false})", {{"score", "label and true"}}), 0);
  const Example list =
      parse(R"({"responses": ["A", "B"], "scores": [true, false]})", RankedFormat{}, {});
  EXPECT_EQ(std::get<Ranking>(*list.label).score, (std::vector<float>{1, 0}));
}

TEST(FieldMap, AnIdIsNeverMadeAFloat) {
  const auto id = [](const std::string& row, const char* text) {
    return FieldMap({{"id", text}}).evaluate(Json::parse(row), row, "a:3").id;
  };
  EXPECT_EQ(id(R"({"uid": 340282366920938463463374607431768211455})", "uid"),
            "340282366920938463463374607431768211455");
  EXPECT_EQ(id(R"({"uid": 12345678901234567890})", "uid"), "12345678901234567890");
  EXPECT_EQ(id(R"({"uid": "x"})", "uid ~ '-1'"), "x-1");
  EXPECT_EQ(id(R"({"uid": null})", "uid"), std::nullopt);
  EXPECT_EQ(error_of(ErrorKind::data, [&] { id(R"({"uid": 1.5})", "uid"); }),
            "a:3: fields.id \"uid\": gives the number 1.5, expected a string or a whole number");
  EXPECT_THAT(error_of(ErrorKind::data,
                       [&] { id(R"({"uid": 3402823669209384634633746074317682114550})", "uid"); }),
              HasSubstr("a:3: fields.id \"uid\": found the integer 3402823669209384634633746074317"
                        "682114550, expected one of at most 128 bits; write it as a string"));
}

TEST(FieldMap, AnErrorNamesRowFieldAndExpression) {
  const Fields fields{{"chosen", "good.text"}, {"rejected", "bad"}};
  EXPECT_EQ(error_of_row(R"({"good": {"txt": "A"}, "bad": "B"})", PairwiseFormat{}, fields),
            "a:3: fields.chosen \"good.text\": is undefined: the row lacks what it asks for");
  EXPECT_EQ(
      error_of_row(R"({"goods": {"text": "A"}, "bad": "B"})", PairwiseFormat{}, fields),
      "a:3: fields.chosen \"good.text\": is undefined: the row lacks what it asks for; the row "
      "has no \"good\" (did you mean \"goods\"?)");
  EXPECT_EQ(error_of_row(R"({"response": "A", "stars": "five"})", PointwiseFormat{},
                         {{"score", "stars | number"}}),
            "a:3: fields.score \"stars | number\": found \"five\" in number, expected a number");
}

TEST(FieldMap, TheTypeOfAResultIsCheckedByItsField) {
  EXPECT_EQ(error_of_row(R"({"response": "A", "stars": "five"})", PointwiseFormat{},
                         {{"score", "stars ~ ''"}}),
            "a:3: found a string for \"score = stars ~ ''\", expected a number that is finite in "
            "fp32");
  EXPECT_EQ(error_of_row(R"({"x": 1, "rejected": "B"})", PairwiseFormat{}, {{"chosen", "x + 1"}}),
            "a:3: chosen = x + 1: found the number 2, expected a string or a list of messages");
  EXPECT_EQ(error_of_row(R"({"label": 3, "response_a": "A", "response_b": "B"})", PairwiseFormat{},
                         {{"preferred", "'abcd'[label]"}}),
            "a:3: found \"d\" for \"preferred = 'abcd'[label]\", expected \"a\", \"b\" or \"tie\"");
}

TEST(FieldMap, ARenamedFieldThatARowLacksIsNamedWithTheNearest) {
  EXPECT_EQ(error_of_row(R"({"completion": "A", "score": 1})", PointwiseFormat{},
                         {{"response", "completon"}}),
            "a:3: found no \"completon\" (fields: completion, score), expected \"response\" and "
            "\"score\" (\"fields\" says where it is)");
  EXPECT_EQ(error_of_row(R"({"good": "A", "bad": "B"})", PairwiseFormat{},
                         {{"chosen", "good"}, {"rejected", "badd"}}),
            "a:3: found no \"badd\" (did you mean \"bad\"?) (fields: good, bad), expected it "
            "(\"fields\" says where it is)");
}

TEST(FieldMap, WhatIsNoExpressionIsRefusedWhenItIsCompiled) {
  const auto error = [](const char* text) {
    return error_of(ErrorKind::usage, [&] { FieldMap({{"chosen", text}}); });
  };
  EXPECT_THAT(error("good +"), HasSubstr("fields.chosen: found \"good +\", which is no Jinja "
                                         "expression: syntax error: unexpected end of input"));
  EXPECT_THAT(error("response 1"), HasSubstr("; a field of that name is row['response 1']"));
}

TEST(FieldMap, PlainNamesAreKeysEvenWhereJinjaHasOtherPlansForThem) {
  for (const char* name : {"true", "none", "not", "a1", "_x", "für", "range", "row"}) {
    EXPECT_TRUE(is_field_name(name)) << name;
    const Json row{{"response", "A"}, {name, 7}};
    const Example example = parse(row.dump(), PointwiseFormat{}, {{"score", name}});
    EXPECT_EQ(std::get<Ratings>(*example.label).score[0], 7) << name;
  }
  for (const char* text : {"", "1a", "a b", "a-b", "a.b", " a"}) {
    EXPECT_FALSE(is_field_name(text)) << text;
  }
}

TEST(KeysSeen, NameTheKeysThatNoRowHas) {
  const FieldMap fields(
      {{"prompt", "qestion"}, {"chosen", "(row.sistem | system) ~ good"}, {"id", "uid"}},
      "langage == 'en'");
  KeysSeen keys(fields.keys());
  EXPECT_THAT(keys.problems(), IsEmpty());
  keys.see(Json::parse(R"({"question": "Q", "system": "S", "good": "A"})"), 0);
  keys.see(Json::parse(R"({"question": "Q", "language": "en", "uid": 1})"), 1);
  EXPECT_THAT(
      keys.problems(),
      testing::UnorderedElementsAre(
          "fields.prompt: found \"qestion\", which no row has (did you mean \"question\"?), expected "
          "a field of the rows; null leaves ours out",
          "fields.chosen: found \"sistem\", which no row has (did you mean \"system\"?), expected a "
          "field of the rows; null leaves ours out",
          "filter: found \"langage\", which no row has (did you mean \"language\"?), expected a "
          "field of the rows"));
  keys.see(Json::parse(R"({"qestion": 1, "sistem": 2, "langage": 3})"), 2);
  EXPECT_THAT(keys.problems(), IsEmpty());
}

TEST(KeysSeen, SuggestKeysOfTheFirstThousandRowsWhicheverAreSeenFirst) {
  const FieldMap fields({{"prompt", "questio"}});
  for (const bool early : {false, true}) {
    KeysSeen keys(fields.keys());
    keys.see(Json::parse(R"({"question": 1})"), early ? 999 : 1000);
    keys.see(Json::parse(R"({"other": 1})"), 0);
    ASSERT_EQ(keys.problems().size(), 1);
    EXPECT_EQ(keys.problems()[0].find("did you mean") != std::string::npos, early);
  }
}

}  // namespace
}  // namespace laurel::field_map_test
