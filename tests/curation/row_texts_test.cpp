// Texts of examples: the prompt once, the answers alone, whatever the format.
#include "curation/row_texts.h"

#include <gmock/gmock.h>

#include "core/str.h"
#include "data/records/format.h"

namespace laurel::row_texts_test {
namespace {

using testing::ElementsAre;

RowTexts texts(const Format& format, const char* row) {
  RowSchema schema;
  schema.format = format;
  return texts_of(parse_row(Json::parse(row), schema, "row"));
}

TEST(RowTexts, OfStringsAreTheFields) {
  const RowTexts row =
      texts(PairwiseFormat{}, R"({"prompt": "Q", "chosen": "A", "rejected": "B"})");
  EXPECT_EQ(row.prompt, "Q");
  EXPECT_EQ(row.first_prompt, "Q");
  EXPECT_THAT(row.responses, ElementsAre("A", "B"));
}

TEST(RowTexts, OfDialoguesAreTheSharedMessagesAndTheLastOnes) {
  const RowTexts row = texts(PairwiseFormat{}, R"({
      "chosen": [{"role": "system", "content": "S"}, {"role": "user", "content": "Q"},
                 {"role": "assistant", "content": "A"}, {"role": "user", "content": "Q2"},
                 {"role": "assistant", "content": "good"}],
      "rejected": [{"role": "system", "content": "S"}, {"role": "user", "content": "Q"},
                   {"role": "assistant", "content": "A"}, {"role": "user", "content": "Q2"},
                   {"role": "assistant", "content": "bad"}]})");
  EXPECT_EQ(row.prompt, "S\nQ\nA\nQ2");
  EXPECT_EQ(row.first_prompt, "S\nQ");
  EXPECT_THAT(row.questions, ElementsAre("Q"));
  EXPECT_THAT(row.responses, ElementsAre("good", "bad"));
}

TEST(RowTexts, OfMarkedStringsWithoutAPromptBeginBehindTheMarkInCommon) {
  const RowTexts row = texts(PairwiseFormat{}, R"({
      "chosen": "\n\nHuman: Hi\n\nAssistant: Hello you", "rejected": "\n\nHuman: Hi\n\nAssistant: Hello"})");
  EXPECT_EQ(row.prompt, "\n\nHuman: Hi\n\nAssistant:");
  EXPECT_THAT(row.responses, ElementsAre(" Hello you", " Hello"));
}

TEST(RowTexts, OfStringsWithNothingInCommonHaveNoPrompt) {
  const RowTexts row = texts(PairwiseFormat{}, R"({"chosen": "A", "rejected": "B"})");
  EXPECT_EQ(row.prompt, "");
  EXPECT_EQ(row.first_prompt, "A");
  EXPECT_THAT(row.responses, ElementsAre("A", "B"));
}

TEST(RowTexts, OfASingleStringWithoutPromptAreItself) {
  const RowTexts row = texts(PointwiseFormat{}, R"({"response": "All of it", "score": 1})");
  EXPECT_EQ(row.first_prompt, "All of it");
  EXPECT_THAT(row.responses, ElementsAre("All of it"));
}

TEST(RowTexts, OfAPromptAsMessagesLeaveAnswersApart) {
  const RowTexts row = texts(RankedFormat{}, R"({
      "prompt": [{"role": "user", "content": "Q"}], "responses": ["a", "b", "c"],
      "ranks": [1, 2, 3]})");
  EXPECT_EQ(row.prompt, "Q");
  EXPECT_THAT(row.responses, ElementsAre("a", "b", "c"));
}

// Rows that training tells apart are not of the same texts, though their words may be the same.
TEST(RowTexts, OfOtherToolsCallsAndRolesHaveOtherKeys) {
  const auto of = [](const std::string& prompt, const char* more = "") {
    return texts(
        PointwiseFormat{},
        str(R"({"prompt": )", prompt, R"(, "response": "a", "score": 1)", more, "}").c_str());
  };
  const RowTexts plain = of(R"("q")");
  EXPECT_EQ(plain.prompt_key, of(R"([{"role": "user", "content": " q "}])").prompt_key);
  const std::vector<RowTexts> others{of(R"([{"role": "system", "content": "q"}])"),
                                     of(R"("system: q")"),
                                     of(R"("q")", R"(, "tools": [{"name": "f"}])"),
                                     of(R"("q")", R"(, "chat_template_kwargs": {"deep": true})")};
  for (const RowTexts& other : others) EXPECT_NE(plain.prompt_key, other.prompt_key);
  EXPECT_EQ(others[2].prompt, "q") << "tools are no words of the question";
  EXPECT_NE(
      of(R"([{"role": "user", "content": "q"}, {"role": "user", "content": "v"}])").prompt_key,
      of(R"("q\nv")").prompt_key);
}

TEST(RowTexts, OfToolCallsAreTheirJson) {
  const auto call = [](const char* town) {
    const std::string row =
        str(R"({"prompt": "q", "response": [{"role": "assistant", "content": null,
            "tool_calls": [{"type": "function", "function": {"name": "w", "arguments": {"town": ")",
            town, R"("}}}]}], "score": 1})");
    return texts(PointwiseFormat{}, row.c_str());
  };
  EXPECT_NE(call("Graz").response_keys, call("Wien").response_keys);
  EXPECT_NE(call("Graz").responses, call("Wien").responses);
}

}  // namespace
}  // namespace laurel::row_texts_test
