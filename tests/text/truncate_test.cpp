// Truncating contents to a length: the template's beginning and end stay, code points stay whole.
#include <gmock/gmock.h>

#include "core/unicode.h"
#include "text/golden.h"
#include "text/tokenize.h"

namespace laurel::truncate_test {
namespace {

using Ids = std::vector<int32_t>;

constexpr TextRules kChat{.rule = TextRule::chat};
constexpr TextRules kPlain{.rule = TextRule::plain};

std::string repeat(const std::string& unit, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += unit;
  return text;
}

int64_t length(const TokenizedText& text) { return static_cast<int64_t>(text.ids.size()); }

bool begins_with(const Ids& ids, const Ids& part) {
  return ids.size() >= part.size() && std::equal(part.begin(), part.end(), ids.begin());
}

TEST(Truncation, AGroupThatFitsIsLeftAlone) {
  const TextProcessor text = golden_text("marks");
  const GroupText group{.prompt = "q", .responses = {"a", "b"}};
  const auto fitted = tokenize_group(text, kChat, group, {.max_length = 200});
  ASSERT_TRUE(fitted);
  EXPECT_EQ(fitted->at(0).ids, tokenize_text(text, kChat, "q", "a").ids);
  EXPECT_EQ(fitted->at(1).ids, tokenize_text(text, kChat, "q", "b").ids);
  EXPECT_EQ(fitted->at(1).truncated_code_points, 0);
}

TEST(Truncation, WithoutTruncationAnOverLongResponseRefusesItsGroup) {
  const TextProcessor text = golden_text("marks");
  const GroupText group{.prompt = "q", .responses = {"a", repeat("long ", 100)}};
  EXPECT_FALSE(tokenize_group(text, kChat, group, {.max_length = 100}));
}

TEST(Truncation, ThePromptIsCutFromTheLeftByTheSmallestCountForAllResponses) {
  const TextProcessor text = golden_text("marks");
  const Conversation prompt = {
      {"system", "Keep."}, {"user", repeat("old é ", 40)}, {"assistant", "mid"}, {"user", "new?"}};
  const GroupText group{.prompt = prompt, .responses = {"yes", "a longer answer"}};
  const LengthLimit limit{.max_length = 150, .truncation = Truncation::prompt_left};
  const auto fitted = tokenize_group(text, kChat, group, limit);
  ASSERT_TRUE(fitted);
  const int64_t count = fitted->at(0).truncated_code_points;
  EXPECT_EQ(fitted->at(1).truncated_code_points, count);
  const auto without_first = [&](int64_t characters, const char* response) {
    std::string content = repeat("old é ", 40);
    while (characters-- > 0) {
      content.erase(0, static_cast<unsigned char>(content[0]) >= 0x80 ? 2 : 1);
    }
    Conversation whole = prompt;
    whole[1].content = content;
    return tokenize_text(text, kChat, whole, response).ids;
  };
  EXPECT_EQ(fitted->at(0).ids, without_first(count, "yes"));
  EXPECT_EQ(fitted->at(1).ids, without_first(count, "a longer answer"));
  EXPECT_LE(length(fitted->at(1)), 150);
  EXPECT_GT(without_first(count - 1, "a longer answer").size(), 150u);
}

TEST(Truncation, CuttingThePromptReachesLaterMessagesAndNeverTheSystemMessage) {
  const TextProcessor text = golden_text("marks");
  const Conversation prompt = {
      {"system", "Keep."}, {"user", "gone gone"}, {"assistant", "gone"}, {"user", "tail tail"}};
  const Conversation emptied = {
      {"system", "Keep."}, {"user", ""}, {"assistant", ""}, {"user", " tail"}};
  const Ids wanted = tokenize_text(text, kChat, emptied, "a").ids;
  const GroupText group{.prompt = prompt, .responses = {"a"}};
  const auto fitted = tokenize_group(
      text, kChat, group, {static_cast<int64_t>(wanted.size()), Truncation::prompt_left});
  ASSERT_TRUE(fitted);
  EXPECT_EQ(fitted->at(0).ids, wanted);
  EXPECT_EQ(fitted->at(0).truncated_code_points, 9 + 4 + 4);
  EXPECT_FALSE(tokenize_group(text, kChat, group, {10, Truncation::prompt_left}));
}

TEST(Truncation, WholeDialoguesAreCutInTheMessagesTheyShare) {
  const TextProcessor text = golden_text("marks");
  const Message question{"user", repeat("why ", 60)};
  const GroupText group{.prompt = {},
                        .responses = {Conversation{question, {"assistant", "yes"}},
                                      Conversation{question, {"assistant", "no"}}}};
  const auto fitted =
      tokenize_group(text, kChat, group, {.max_length = 90, .truncation = Truncation::prompt_left});
  ASSERT_TRUE(fitted);
  EXPECT_LE(length(fitted->at(0)), 90);
  const Ids end = text.tokenizer.encode("assistant\nno<|im_end|>\n", false);
  const Ids& ids = fitted->at(1).ids;
  EXPECT_TRUE(std::equal(end.rbegin(), end.rend(), ids.rbegin()));
}

TEST(Truncation, EachResponseIsCutFromTheRightAndTheTemplatesEndStays) {
  const TextProcessor text = golden_text("marks");
  const GroupText group{.prompt = "q", .responses = {"short", repeat("é漢😀 ", 60)}};
  const auto fitted = tokenize_group(text, kChat, group,
                                     {.max_length = 100, .truncation = Truncation::response_right});
  ASSERT_TRUE(fitted);
  EXPECT_EQ(fitted->at(0).truncated_code_points, 0);
  EXPECT_GT(fitted->at(1).truncated_code_points, 0);
  EXPECT_LE(length(fitted->at(1)), 100);
  const Ids end = text.tokenizer.encode("<|im_end|>\n", false);
  const Ids& ids = fitted->at(1).ids;
  EXPECT_TRUE(std::equal(end.rbegin(), end.rend(), ids.rbegin()));
}

TEST(Truncation, APlainResponseKeepsItsEndOfSequence) {
  const TextProcessor text = golden_text("brackets");
  for (const char* end : {"", "</s>"}) {
    const GroupText group{.prompt = "ask ", .responses = {repeat("word ", 80) + end}};
    const auto fitted = tokenize_group(
        text, kPlain, group, {.max_length = 30, .truncation = Truncation::response_right});
    ASSERT_TRUE(fitted);
    const Ids& ids = fitted->at(0).ids;
    EXPECT_LE(ids.size(), 30u);
    EXPECT_EQ(ids.back(), text.eos->id);
    EXPECT_EQ(std::ranges::count(ids, text.eos->id), 1);
    EXPECT_TRUE(begins_with(ids, text.tokenizer.encode("ask", true)));
  }
}

TEST(Truncation, APlainPromptIsCutAndItsResponseStays) {
  const TextProcessor text = golden_text("brackets");
  const GroupText group{.prompt = repeat("old ", 50), .responses = {"new one", "new two"}};
  const auto fitted = tokenize_group(text, kPlain, group,
                                     {.max_length = 25, .truncation = Truncation::prompt_left});
  ASSERT_TRUE(fitted);
  EXPECT_EQ(fitted->at(0).ids.front(), text.bos->id);
  const Ids end = text.tokenizer.encode("x new two", false);
  EXPECT_TRUE(std::equal(end.rbegin(), end.rend() - 2, fitted->at(1).ids.rbegin() + 1));
  const GroupText whole{.prompt = {}, .responses = {repeat("old ", 50)}};
  EXPECT_FALSE(tokenize_group(text, kPlain, whole,
                              {.max_length = 25, .truncation = Truncation::prompt_left}));
}

TEST(Truncation, AResponseIsNeverCutToNothingOrToWhiteSpace) {
  const TextProcessor text = golden_text("marks");
  const auto least = static_cast<int64_t>(tokenize_text(text, kChat, "q", "  x").ids.size());
  const GroupText group{.prompt = "q", .responses = {"  xy and more"}};
  const auto fitted = tokenize_group(text, kChat, group, {least, Truncation::response_right});
  ASSERT_TRUE(fitted);
  EXPECT_EQ(fitted->at(0).ids, tokenize_text(text, kChat, "q", "  x").ids);
  EXPECT_FALSE(tokenize_group(text, kChat, group, {least - 1, Truncation::response_right}));
  const GroupText blank{.prompt = repeat("q", 300), .responses = {"   "}};
  EXPECT_FALSE(tokenize_group(text, kChat, blank, {least, Truncation::response_right}));
}

// U+3000 begins paragraphs in Chinese and Japanese; templates trim it, and NBSP, as Python does.
TEST(Truncation, LeavesMoreThanUnicodesWhiteSpaceOfAResponse) {
  const TextProcessor text = golden_text("marks");
  for (const std::string space : {"\u3000\u3000", "\u00A0", " \u2003\u0085"}) {
    const GroupText group{.prompt = "q", .responses = {space + repeat("\u6F22\u5B57", 40)}};
    const int64_t least = length(tokenize_text(text, kPlain, "q", space + "\u6F22"));
    const auto fitted = tokenize_group(text, kPlain, group, {least, Truncation::response_right});
    ASSERT_TRUE(fitted);
    EXPECT_EQ(fitted->at(0).ids, tokenize_text(text, kPlain, "q", space + "\u6F22").ids);
    EXPECT_FALSE(tokenize_group(text, kPlain, group, {least - 1, Truncation::response_right}));
  }
}

}  // namespace
}  // namespace laurel::truncate_test
