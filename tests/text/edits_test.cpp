// Edits that keep what an answer says, by hand.
#include "text/edits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace laurel::edits_test {
namespace {

using testing::Optional;
using testing::StrEq;

void expect_edit(TextEdit edit, const std::string& before, const std::string& after) {
  EXPECT_THAT(edited(before, edit), Optional(StrEq(after)));
}

void expect_unchanged(TextEdit edit, const std::string& text) {
  EXPECT_EQ(edited(text, edit), std::nullopt) << text;
}

TEST(Edits, TrailingSpacesComeBehindTheText) {
  expect_edit(TextEdit::trailing_spaces, "Yes.", "Yes.  ");
  expect_unchanged(TextEdit::trailing_spaces, "");
}

TEST(Edits, MarkdownLosesHeadingsAndBoldText) {
  expect_edit(TextEdit::no_markdown, "## A plan\n\nIt is **very** good, **really so**.",
              "A plan\n\nIt is very good, really so.");
  expect_edit(TextEdit::no_markdown, "**Ü**", "Ü");
  for (const char* text :
       {"#hashtag", "2 ** 3 ** 4", "####### seven", "a **b", "plain", "**", "****"}) {
    expect_unchanged(TextEdit::no_markdown, text);
  }
}

TEST(Edits, MarkdownLeavesCodeAlone) {
  for (const char* text :
       {"```\n# comment\n**kwargs**\n```", "Use `**a**` here", "~~~\n# x\n~~~", "**a `b** c`"}) {
    expect_unchanged(TextEdit::no_markdown, text);
  }
  expect_edit(TextEdit::no_markdown, "`f(**a)` and **b**\n```\n**c**\n```\n# d",
              "`f(**a)` and b\n```\n**c**\n```\nd");
}

TEST(Edits, TheFirstListWithBulletsIsTurnedRound) {
  expect_edit(TextEdit::reordered_list, "Buy:\n- milk\n- bread\n- salt\n\nToday.",
              "Buy:\n- salt\n- bread\n- milk\n\nToday.");
  expect_edit(TextEdit::reordered_list, "* a\n* b", "* b\n* a");
  for (const char* text : {"1. first\n2. then", "- one item", "- a\n- b\n  goes on\n- c",
                           "- a\n- a", "- a\n  - inner\n- b", "```\n- a\n- b\n```", "-a\n-b"}) {
    expect_unchanged(TextEdit::reordered_list, text);
  }
}

TEST(Edits, TheLastSentenceIsRepeated) {
  expect_edit(TextEdit::repeated_sentence, "It rains. Take a coat!",
              "It rains. Take a coat! Take a coat!");
  expect_edit(TextEdit::repeated_sentence, "Yes.\n", "Yes. Yes.\n");
  expect_edit(TextEdit::repeated_sentence, "One line\nWell ... perhaps...",
              "One line\nWell ... perhaps... perhaps...");
  expect_edit(TextEdit::repeated_sentence, "It costs 3.50 euros.",
              "It costs 3.50 euros. It costs 3.50 euros.");
  for (const char* text : {"no end", "", " \n", "- a list\n- of items"}) {
    expect_unchanged(TextEdit::repeated_sentence, text);
  }
}

}  // namespace
}  // namespace laurel::edits_test
