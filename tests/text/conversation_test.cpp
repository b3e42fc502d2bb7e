// Reading messages from rows, and the leading messages that dialogues share.
#include "text/conversation.h"

#include <gmock/gmock.h>

#include "text/errors.h"

namespace laurel::conversation_test {
namespace {

using testing::HasSubstr;

std::string refusal(const char* json) {
  return message_of([&] { text_from_json(Json::parse(json), "a.jsonl:3: chosen"); },
                    ErrorKind::data);
}

TEST(Conversation, AStringStaysAStringAndAListBecomesMessages) {
  EXPECT_EQ(text_from_json("hi", "x"), Text("hi"));
  const Json row = Json::parse(R"([{"content":"q","role":"user","name":"Ann"}])");
  const Conversation expected = {{.role = "user",
                                  .content = "q",
                                  .extra = {{"name", "Ann"}},
                                  .order = {"content", "role", "name"}}};
  EXPECT_EQ(text_from_json(row, "x"), Text(expected));
}

TEST(Conversation, MalformedMessagesAreRefusedWithTheirPlace) {
  EXPECT_EQ(refusal("3"),
            "a.jsonl:3: chosen: found the number 3, expected a string or a list of messages");
  EXPECT_EQ(refusal("[]"), "a.jsonl:3: chosen: found an empty list, expected messages");
  EXPECT_EQ(refusal(R"([{"role":"user","content":"a"},"b"])"),
            "a.jsonl:3: chosen[1]: found a string, expected a message "
            "{\"role\": ..., \"content\": ...}");
  EXPECT_EQ(refusal(R"([{"content":"a"}])"),
            "a.jsonl:3: chosen[0]: found no \"role\", expected a string in each message");
  EXPECT_EQ(
      refusal(R"([{"role":"user","content":null}])"),
      "a.jsonl:3: chosen[0]: found null as \"content\", expected a string in each message (or "
      "text parts; none beside \"tool_calls\")");
}

TEST(Conversation, FieldsThatAreNullAreNotShownToTheTemplate) {
  const Conversation messages = {
      {.role = "assistant", .content = "x", .extra = {{"score", nullptr}, {"reasoning", "r"}}}};
  EXPECT_EQ(json_of(messages).dump(),
            R"([{"thinking":"r","role":"assistant","content":"x","reasoning":"r",)"
            R"("reasoning_content":"r"}])");
}

TEST(Conversation, LeadingMessagesAreSharedUpToTheLastMessageOfEachResponse) {
  const Message q{"user", "q"}, a{"assistant", "a"}, b{"assistant", "b"};
  const std::vector<Text> pair = {Conversation{q, a}, Conversation{q, b}};
  EXPECT_EQ(common_leading_messages(pair), (Conversation{q}));
  const std::vector<Text> same = {Conversation{q, a}, Conversation{q, a}};
  EXPECT_EQ(common_leading_messages(same), (Conversation{q}));
  const std::vector<Text> longer = {Conversation{q, a, q, b}, Conversation{q, a}};
  EXPECT_EQ(common_leading_messages(longer), (Conversation{q}));
  const std::vector<Text> one = {Conversation{q, a, q, b}};
  EXPECT_EQ(common_leading_messages(one), (Conversation{q, a, q}));
  const std::vector<Text> strings = {Text("q a"), Text("q b")};
  EXPECT_EQ(common_leading_messages(strings), Conversation{});
  EXPECT_EQ(common_leading_messages({}), Conversation{});
}

TEST(Conversation, FieldsKeepTheOrderOfTheRow) {
  const Json row = Json::parse(R"([{"content": "q", "role": "user"},
      {"role": "assistant", "name": "n", "content": "a", "x": null}])");
  const auto messages = std::get<Conversation>(text_from_json(row, "row"));
  EXPECT_EQ(json_of(messages).dump(),
            R"([{"content":"q","role":"user"},{"role":"assistant","name":"n","content":"a"}])");
  const Json usual = Json::parse(R"([{"role": "user", "content": "q"}])");
  EXPECT_EQ(std::get<Conversation>(text_from_json(usual, "row")), (Conversation{{"user", "q"}}));
}

}  // namespace
}  // namespace laurel::conversation_test
