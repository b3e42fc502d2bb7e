// What a response labelled in parts means, and what is said of parts that mean nothing.
#include <gmock/gmock.h>

#include "data/records/format.h"
#include "data/tiny.h"

namespace laurel::row_segments_test {
namespace {

using test::error_of;
using testing::ElementsAre;

Example parsed(const std::string& row, RowSchema schema = {}) {
  schema.format = SegmentsFormat{};
  return parse_row(Json::parse(row), schema, "a:3");
}

std::string error_of_row(const std::string& row, const RowSchema& schema = {}) {
  return error_of(ErrorKind::data, [&] { parsed(row, schema); });
}

// Of a row with these fields beside two segments, "x" and "y".
std::string error_of_labels(const std::string& fields, const RowSchema& schema = {}) {
  return error_of_row(R"({"prompt": "p", "completions": ["x", "y"], )" + fields + "}", schema);
}

// Of a row with these spans of "año uno".
std::string error_of_spans(const std::string& spans) {
  return error_of_row(R"({"response": "año uno", "labels": [1, 0], "segments": )" + spans + "}");
}

std::vector<std::string> texts(const Example& example) {
  const Text& response = example.responses.at(0);
  const auto* messages = std::get_if<Conversation>(&response);
  const std::string& text = messages ? messages->back().content : std::get<std::string>(response);
  std::vector<std::string> texts;
  for (const auto& [begin, end] : example.segments)
    texts.push_back(text.substr(begin, end - begin));
  return texts;
}

Ratings scores(const Example& example) { return std::get<Ratings>(*example.label); }

TEST(SegmentsRow, ReadsCompletionsAndTheirLabels) {
  const Example example = parsed(R"({"prompt": "p", "completions": ["One ", " zwei", "é"],
      "labels": [true, null, false], "weight": 2, "id": 7})");
  EXPECT_EQ(std::get<std::string>(*example.prompt), "p");
  EXPECT_THAT(example.responses, ElementsAre(Text("One \n zwei\né")));
  EXPECT_THAT(texts(example), ElementsAre("One ", " zwei", "é"));
  EXPECT_THAT(example.names, ElementsAre("completions"));
  EXPECT_THAT(example.ignored, ElementsAre("id"));
  EXPECT_THAT(scores(example).score, ElementsAre(1, 0, 0));
  EXPECT_THAT(scores(example).weight, ElementsAre(2, 0, 2));
}

TEST(SegmentsRow, JoinsCompletionsByTheSeparator) {
  const std::string row = R"({"completions": ["a", "b", "c"], "labels": [0.5, "-1", 3]})";
  EXPECT_THAT(parsed(row, {.separator = " | "}).responses, ElementsAre(Text("a | b | c")));
  EXPECT_THAT(texts(parsed(row, {.separator = " | "})), ElementsAre("a", "b", "c"));
  EXPECT_THAT(parsed(row, {.separator = ""}).responses, ElementsAre(Text("abc")));
  EXPECT_THAT(scores(parsed(row)).score, ElementsAre(0.5, -1, 3));
}

TEST(SegmentsRow, ReadsSpansOfAResponseInCodePoints) {
  const Example example = parsed(
      R"({"response": "Año 😀 y más.", "segments": [[0, 3], [4, 7], [8, 12]], "labels": [1, 0, 1]})");
  EXPECT_THAT(texts(example), ElementsAre("Año", "😀 y", "más."));
  EXPECT_THAT(example.names, ElementsAre("response"));
  EXPECT_THAT(example.ignored, ElementsAre());
}

TEST(SegmentsRow, ReadsSpansOfTheLastMessage) {
  const Example example = parsed(R"({"segments": [[0, 2], [2, 4]], "labels": [1, null],
      "response": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "abcd"}]})");
  EXPECT_THAT(texts(example), ElementsAre("ab", "cd"));
  EXPECT_TRUE(example.is_chat());
}

TEST(SegmentsRow, ReadsLabelsByAttribute) {
  const RowSchema schema{.attributes = {"sound", "clear"}};
  const Example both = parsed(
      R"({"completions": ["x", "y"], "sound": [1, null], "clear": [0.5, 2], "weight": 3})", schema);
  EXPECT_THAT(scores(both).score, ElementsAre(1, 0.5, 0, 2));
  EXPECT_THAT(scores(both).weight, ElementsAre(3, 3, 0, 3));
  const Example one = parsed(R"({"completions": ["x", "y"], "clear": [0.5, 2]})", schema);
  EXPECT_THAT(scores(one).weight, ElementsAre(0, 1, 0, 1));
}

TEST(SegmentsRow, NeedsNoLabelsToBeScored) {
  EXPECT_FALSE(parsed(R"({"completions": ["x"]})", {.labelled = false}).label);
  EXPECT_FALSE(parsed(R"({"response": "x", "segments": [[0, 1]]})", {.labelled = false}).label);
}

TEST(SegmentsRow, CanBeRenamed) {
  const RowSchema schema{.fields = {{"completions", "steps"}, {"labels", "ratings"}}};
  EXPECT_THAT(texts(parsed(R"({"steps": ["x"], "ratings": [1]})", schema)), ElementsAre("x"));
  EXPECT_EQ(error_of_row(R"({"steps": ["x"], "ratings": [1, 2]})", schema),
            "a:3: found 2 numbers in \"ratings\", expected 1, one for each segment");
}

TEST(SegmentsRow, RefusesLabelsThatDoNotFit) {
  EXPECT_EQ(error_of_labels(R"("labels": [1, 0, 1])"),
            "a:3: found 3 numbers in \"labels\", expected 2, one for each segment");
  EXPECT_EQ(
      error_of_labels(R"("labels": [null, null])"),
      "a:3: found no labelled segment in \"labels\", expected at least one: null means not labelled");
  EXPECT_EQ(error_of_labels(R"("labels": [1, "good"])"),
            "a:3: found a string for \"labels[1]\", expected a number that is finite in fp32");
  EXPECT_EQ(
      error_of_labels(R"("labels": [1e300, 0])"),
      "a:3: found the number 1e+300 for \"labels[0]\", expected a number that is finite in fp32");
  EXPECT_EQ(error_of_labels(R"("labels": 1)"),
            "a:3: found the number 1 for \"labels\", expected a list");
  EXPECT_EQ(
      error_of_labels(R"("weight": 1)"),
      "a:3: found no \"labels\" (fields: prompt, completions, weight), expected it (\"fields\" "
      "says where it is)");
  EXPECT_EQ(
      error_of_labels(R"("labels": [1, 0])", {.attributes = {"sound", "clear"}}),
      "a:3: found no labelled segment in \"sound\", \"clear\", expected at least one: null means "
      "not labelled");
}

TEST(SegmentsRow, RefusesSegmentsWithoutText) {
  const auto error = [](const std::string& completions) {
    return error_of_row(R"({"labels": [1], "completions": )" + completions + "}");
  };
  EXPECT_EQ(error("[]"),
            "a:3: found an empty list for \"completions\", expected a list of strings");
  EXPECT_EQ(error("\"x\""), "a:3: found a string for \"completions\", expected a list of strings");
  EXPECT_EQ(error(R"(["x", ""])"),
            "a:3: found an empty \"completions[1]\", expected text in each segment");
  EXPECT_EQ(error(R"([" \n\u00a0"])"),
            "a:3: found nothing but white space in \"completions[0]\", "
            "expected text in each segment");
  EXPECT_EQ(error(R"([[{"role": "user", "content": "x"}]])"),
            "a:3: found a list for \"completions[0]\", expected a string");
}

TEST(SegmentsRow, RefusesInvalidSpans) {
  const std::string rest =
      "\", expected begin < end within the 7 characters (code points) of \"response\"";
  EXPECT_EQ(error_of_spans("[[0, 3], [4, 8]]"),
            "a:3: found the span [4, 8] in \"segments[1]" + rest);
  EXPECT_EQ(error_of_spans("[[-1, 3]]"), "a:3: found the span [-1, 3] in \"segments[0]" + rest);
  EXPECT_EQ(error_of_spans("[[2, 2]]"), "a:3: found the span [2, 2] in \"segments[0]" + rest);
  EXPECT_EQ(error_of_spans("[[0, 4], [3, 7]]"),
            "a:3: found the span [3, 7] in \"segments[1]\" after one that ends at 4, expected "
            "spans in order and without overlap");
  EXPECT_EQ(error_of_spans("[[0, 3], [3, 4]]"),
            "a:3: found the span [3, 4] in \"segments[1]\", which holds nothing but white space, "
            "expected text");
  EXPECT_EQ(error_of_spans("[[0, 3, 4]]"),
            "a:3: found another list for \"segments[0]\", expected two whole numbers [begin, end]");
  EXPECT_EQ(error_of_spans("[[0, 2.5]]"),
            "a:3: found another list for \"segments[0]\", expected two whole numbers [begin, end]");
  EXPECT_EQ(error_of_spans("[3]"),
            "a:3: found the number 3 for \"segments[0]\", expected two whole numbers [begin, end]");
  EXPECT_EQ(error_of_spans("[]"),
            "a:3: found an empty list for \"segments\", expected a list of spans [begin, end]");
}

TEST(SegmentsRow, RefusesRowsOfBothKindsOrOfNeither) {
  const std::string expected =
      ", expected \"completions\" and \"labels\", or \"response\", \"segments\" and \"labels\"";
  EXPECT_EQ(
      error_of_row(R"({"completions": ["x"], "response": "x", "segments": [[0, 1]]})"),
      "a:3: found segments of two kinds (fields: completions, response, segments)" + expected);
  EXPECT_EQ(error_of_row(R"({"response": "x", "labels": [1]})"),
            "a:3: found no segments (fields: response, labels)" + expected +
                " (\"fields\" says where it is)");
}

TEST(SegmentsRow, IsKnownByItsFields) {
  const auto format = [](const std::string& row) {
    return detect_format(Json::parse(row), {}, "a");
  };
  EXPECT_EQ(format(R"({"completions": ["x"], "labels": [1]})"), Format(SegmentsFormat{}));
  EXPECT_EQ(format(R"({"response": "x", "segments": [[0, 1]]})"), Format(SegmentsFormat{}));
  EXPECT_EQ(format(R"({"response": "x", "score": 1})"), Format(PointwiseFormat{}));
}

}  // namespace
}  // namespace laurel::row_segments_test
