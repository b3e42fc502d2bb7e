// Which contents the rendered text lacks.
#include "text/lost_messages.h"

#include <gmock/gmock.h>

namespace laurel::lost_messages_test {
namespace {

using testing::ElementsAre;

// "role", "role (question)", "role (in part)" of each.
std::vector<std::string> lost(const Conversation& messages, const std::string& rendered) {
  std::vector<std::string> texts;
  for (const LostMessage& message : lost_messages(messages, rendered)) {
    texts.push_back(message.role + (message.last_question ? " (question)" : "") +
                    (message.in_part ? " (in part)" : ""));
  }
  return texts;
}

const Message kQuestion{"user", "  What is that?\n"}, kAnswer{"assistant", "A tree."};

TEST(LostMessages, AContentCountsWithoutTheWhiteSpaceAroundIt) {
  EXPECT_THAT(lost({kQuestion, kAnswer}, "[What is that?][A tree.]"), ElementsAre());
  EXPECT_THAT(lost({kQuestion, kAnswer}, "[A tree.]"), ElementsAre("user (question)"));
}

TEST(LostMessages, OnlyTheLastUsersMessageIsTheQuestion) {
  const Message first{"user", "Hello there."}, system{"system", "Be brief."};
  EXPECT_THAT(lost({system, first, kAnswer, kQuestion, kAnswer}, "[A tree.]"),
              ElementsAre("system", "user", "user (question)"));
}

TEST(LostMessages, EmptyContentsAreNotLost) {
  EXPECT_THAT(lost({{"user", " \n"}, {"assistant", ""}}, "x"), ElementsAre());
}

TEST(LostMessages, WhatIsWrittenAsJsonIsThere) {
  const Message result{"tool", "{\"a\": \"é\"}\n2"};
  EXPECT_THAT(lost({result}, R"("{\"a\": \"é\"}\n2")"), ElementsAre());
  EXPECT_THAT(lost({result}, R"("{\"a\": \"\u00e9\"}\n2")"), ElementsAre());
}

TEST(LostMessages, ThoughtsOfEarlierTurnsMayGo) {
  const Message thinking{"assistant", "<think>\nHm.\n</think>\n\nA tree."};
  EXPECT_THAT(lost({kQuestion, thinking, kQuestion, thinking},
                   "[What is that?][A tree.][What is that?]<think>\nHm.\n</think>\n\nA tree."),
              ElementsAre());
  EXPECT_THAT(lost({kQuestion, thinking, kQuestion, kAnswer}, "What is that? A tree."),
              ElementsAre());
  EXPECT_THAT(lost({kQuestion, thinking}, "What is that? A tree."), ElementsAre("assistant"));
}

TEST(LostMessages, AContentOfWhichSomeLinesAreThereIsLostInPart) {
  const Message cut{"user", "The first line.\nThe second line."};
  EXPECT_THAT(lost({cut}, "[The first line.]"), ElementsAre("user (question) (in part)"));
}

}  // namespace
}  // namespace laurel::lost_messages_test
