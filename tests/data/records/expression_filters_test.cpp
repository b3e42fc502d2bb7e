// laurel's own filters, in tables: from what published data holds to messages, texts and numbers.
#include <gmock/gmock.h>

#include "data/records/evaluated.h"

namespace laurel::expression_filters_test {
namespace {

using test::of;
using testing::HasSubstr;

TEST(MessagesFilter, ReadsOtherKeysAndRoles) {
  EXPECT_EQ(of("x | messages('from', 'value')",
               R"([{"from": "system", "value": "S"}, {"from": "human", "value": "Q"},
                   {"from": "gpt", "value": "A", "id": 7}])"),
            R"([{"role":"system","content":"S"},{"role":"user","content":"Q"},)"
            R"({"role":"assistant","content":"A","id":7}])");
  EXPECT_EQ(of("x | messages(role='from', content='value')", R"({"from": "gpt", "value": "A"})"),
            R"([{"role":"assistant","content":"A"}])");
  EXPECT_EQ(of("x | messages", R"([{"role": "prompter", "content": "Q"}])"),
            R"([{"role":"user","content":"Q"}])");
  EXPECT_EQ(of("x | messages", "null"), "[]");
}

TEST(MessagesFilter, JoinsTextPartsAndRefusesImages) {
  EXPECT_EQ(of("x | messages", R"([{"role": "user", "content": [{"type": "text", "text": "a"},
                                    {"type": "text", "text": "b"}]}])"),
            R"([{"role":"user","content":"ab"}])");
  EXPECT_EQ(of("x | messages", R"([{"role": "user", "content": [{"type": "image"}]}])"),
            "found a content part of type image in messages, expected text: images and sound are "
            "not read");
}

TEST(MessagesFilter, LeavesToolCallsAlone) {
  EXPECT_EQ(of("x | messages", R"([{"role": "assistant", "content": null, "tool_calls": [1]}])"),
            R"([{"role":"assistant","content":null,"tool_calls":[1]}])");
  EXPECT_EQ(of("x | messages", R"([{"role": "assistant", "tool_calls": [1]}])"),
            R"([{"role":"assistant","content":null,"tool_calls":[1]}])");
}

TEST(MessagesFilter, RefusesOtherValues) {
  EXPECT_EQ(of("x | messages", "\"Q\""), "found a string in messages, expected a list");
  EXPECT_THAT(of("x | messages", R"([{"from": "human", "value": "Q"}])"),
              HasSubstr("found a message without \"role\" in messages, expected one"));
  EXPECT_THAT(of("x | messages", R"([{"role": "user"}])"),
              HasSubstr("found a message without \"content\" in messages"));
}

TEST(DialogueFilter, SplitsMarkedText) {
  EXPECT_EQ(
      of("x | dialogue", R"("\n\nHuman: Q\n\nAssistant: Which?\n\nHuman: Yes.\n\nAssistant: A")"),
      R"([{"role":"user","content":"Q"},{"role":"assistant","content":"Which?"},)"
      R"({"role":"user","content":"Yes."},{"role":"assistant","content":"A"}])");
  EXPECT_EQ(
      of("x | dialogue", R"("Human: Q\n\nAssistant: A: Human: no mark")"),
      R"([{"role":"user","content":"Q"},{"role":"assistant","content":"A: Human: no mark"}])");
  EXPECT_EQ(of("x | dialogue('<U>', '<A>', '<S>')", R"("<S>be brief<U>Q<A>A\nB")"),
            R"([{"role":"system","content":"be brief"},{"role":"user","content":"Q"},)"
            R"({"role":"assistant","content":"A\nB"}])");
  EXPECT_EQ(of("x | dialogue(assistant='Bot:', user='Me:')", R"("Me: Q Bot: A")"),
            R"([{"role":"user","content":"Q"},{"role":"assistant","content":"A"}])");
}

TEST(DialogueFilter, KeepsAnAnswerThatIsEmpty) {
  EXPECT_EQ(of("x | dialogue", R"("\n\nHuman: Q \n\nAssistant: ")"),
            R"([{"role":"user","content":"Q"},{"role":"assistant","content":""}])");
  EXPECT_EQ(of("x | dialogue", "\"\""), "[]");
  EXPECT_EQ(of("x | dialogue", "null"), "[]");
}

TEST(DialogueFilter, RefusesTextWithoutMarks) {
  EXPECT_EQ(of("x | dialogue", "\"What is a fjord?\""),
            "found a text that begins with \"What is a fjord?\" in dialogue, expected one of the "
            "marks \"\\n\\nHuman:\", \"\\n\\nAssistant:\"");
  EXPECT_EQ(of("x | dialogue('')", "\"Q\""), "found an empty mark in dialogue, expected text");
  EXPECT_EQ(of("x | dialogue", "7"), "found a number in dialogue, expected a string");
}

TEST(TurnsFilter, PutsQuestionsAndAnswersInTurn) {
  const std::string text = "x.q | turns(x.a)";
  EXPECT_EQ(of(text, R"({"q": ["Q", "R"], "a": ["A"]})"),
            R"([{"role":"user","content":"Q"},{"role":"assistant","content":"A"},)"
            R"({"role":"user","content":"R"}])");
  EXPECT_EQ(of(text, R"({"q": [], "a": []})"), "[]");
  EXPECT_EQ(of(text, R"({"q": null, "a": null})"), "[]");
  EXPECT_EQ(of(text, R"({"q": ["Q"], "a": ["A", "B"]})"),
            "found 1 questions and 2 answers in turns, expected as many, or one answer less");
  EXPECT_EQ(of(text, R"({"q": [null], "a": ["A"]})"), "found null in turns, expected a string");
}

TEST(RoleFilters, MakeAMessageOrNone) {
  EXPECT_EQ(of("(x | system) + (x | user) + (x | assistant)", "\"t\""),
            R"([{"role":"system","content":"t"},{"role":"user","content":"t"},)"
            R"({"role":"assistant","content":"t"}])");
  EXPECT_EQ(of("x | system", "\"\""), "[]");
  EXPECT_EQ(of("x | system", "null"), "[]");
  EXPECT_EQ(of("x | system", "[1]"), "found a list in system, expected a string");
}

TEST(ParseJsonFilter, ReadsJsonInStrings) {
  EXPECT_EQ(of("x | parse_json", R"("[\"Q\", {\"a\": 1.5}]")"), R"(["Q",{"a":1.5}])");
  EXPECT_EQ(of("x | parse_json", "null"), "null");
  EXPECT_THAT(of("x | parse_json", "\"[1\""), HasSubstr("found no JSON in parse_json: "));
  EXPECT_THAT(of("x | parse_json", "\"\""), HasSubstr("found no JSON in parse_json: "));
  EXPECT_EQ(of("x | parse_json", R"("[{\"a\": 1, \"b\": 2, \"a\": 3}]")"),
            "found an object with the key \"a\" twice in parse_json, expected each once");
}

TEST(NumberFilter, ReadsStringsAndSaysNullForNone) {
  EXPECT_EQ(of("x | number", R"(["4", " 4.50 ", 3, true, "-1e2", "N/A", "", null, "none"])"),
            "[4,4.5,3,1,-100.0,null,null,null,null]");
  EXPECT_EQ(of("x | number", "\"7\""), "7");
  EXPECT_EQ(of("x | number", "\"five\""), "found \"five\" in number, expected a number");
  EXPECT_EQ(of("x | number", "\"0x10\""), "found \"0x10\" in number, expected a number");
  EXPECT_EQ(of("x | number", "\"infinity\""), "found \"infinity\" in number, expected a number");
}

// Jinja's own give 0 for what they cannot read: a score that nobody gave.
TEST(IntAndFloatFilters, GiveNoDefaultThatNobodyAskedFor) {
  EXPECT_EQ(of("x | int", "true"), "1");
  EXPECT_EQ(of("x | int", "false"), "0");
  EXPECT_EQ(of("x | int", "\"5\""), "5");
  EXPECT_EQ(of("x | int", "-5.9"), "-5");
  EXPECT_EQ(of("x | float", "\"4\""), "4.0");
  EXPECT_EQ(of("x | int", "null"), "null");
  EXPECT_EQ(of("x | int(0)", "null"), "0");
  EXPECT_EQ(of("x | float(-1)", "\"N/A\""), "-1");
  EXPECT_EQ(of("x | map('int') | list", "[\"1\", 2.0, null]"), "[1,2,null]");
  EXPECT_EQ(of("x | int", "\"N/A\""),
            "found \"N/A\" in int, expected a number; int(0) gives what stands for others");
}

TEST(LinesFilter, JoinsWhatIsNotEmpty) {
  EXPECT_EQ(of("[x, 'b'] | lines", "\"a\""), R"("a\nb")");
  EXPECT_EQ(of("[x, 'b'] | lines", "\"\""), "\"b\"");
  EXPECT_EQ(of("[x, 'b', x] | lines", "null"), "\"b\"");
  EXPECT_EQ(of("[x] | lines", "null"), "\"\"");
  EXPECT_EQ(of("[x] | lines", "1"), "found a number in lines, expected a string");
}

}  // namespace
}  // namespace laurel::expression_filters_test
