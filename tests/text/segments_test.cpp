// Segments of a response: their ids do not depend on what follows them.
#include "text/segments.h"

#include <gmock/gmock.h>

#include "core/unicode.h"
#include "text/errors.h"
#include "text/golden.h"

namespace laurel::segments_test {
namespace {

using testing::HasSubstr;
using Ids = std::vector<int32_t>;

constexpr TextRules kChat{.rule = TextRule::chat};
constexpr TextRules kPlain{.rule = TextRule::plain};
constexpr TextRules kChatAsText{.rule = TextRule::chat, .special_text = SpecialText::plain};
constexpr TextRules kPlainAsText{.rule = TextRule::plain, .special_text = SpecialText::plain};
constexpr LengthLimit kLong{.max_length = 100000};

SegmentedText joined(const std::vector<std::string>& segments, const std::string& separator) {
  std::string text;
  std::vector<ByteRange> ranges;
  for (const std::string& segment : segments) {
    if (!ranges.empty()) text += separator;
    ranges.push_back({text.size(), text.size() + segment.size()});
    text += segment;
  }
  return {.response = text, .segments = ranges};
}

TokenizedSegments tokenized(const TextProcessor& folder, const TextRules& rules,
                            const SegmentedText& text, const std::optional<Text>& prompt = "Why?") {
  return tokenize_segments(folder, rules, prompt, text, kLong).value();
}

Ids first(const Ids& ids, int32_t count) { return {ids.begin(), ids.begin() + count}; }

class GoldenSegments : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Text, GoldenSegments, testing::ValuesIn(kGoldenFolders),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(GoldenSegments, AreTheIdsOfTransformersForEachPiece) {
  const TextProcessor folder = golden_text(GetParam());
  const Json rows = golden(GetParam()).value("segmented", Json::array());
  EXPECT_EQ(rows.empty(), !folder.chat_template);
  for (const Json& row : rows) {
    const SegmentedText text = joined(row["segments"], row["separator"]);
    const TokenizedSegments found = tokenized(folder, row["chat"] ? kChat : kPlain, text,
                                              Text(row["prompt"].get<std::string>()));
    EXPECT_EQ(found.ids, row["ids"].get<Ids>()) << row;
    EXPECT_EQ(found.ends, row["ends"].get<Ids>()) << row;
  }
}

TEST_P(GoldenSegments, HaveTheSameIdsWhateverFollowsThem) {
  const TextProcessor folder = golden_text(GetParam());
  const std::vector<std::string> segments = {" One,  so\n", "two. ", "th", "ree 😀", "<s> 5</s>"};
  for (const TextRules& rules : {kChat, kPlain, kChatAsText, kPlainAsText}) {
    if (rules.rule == TextRule::chat && !folder.chat_template) continue;
    for (const char* separator : {"\n", "", " "}) {
      const TokenizedSegments whole = tokenized(folder, rules, joined(segments, separator));
      ASSERT_EQ(whole.ends.size(), segments.size());
      for (size_t k = 1; k <= segments.size(); ++k) {
        const std::vector<std::string> fewer(segments.begin(), segments.begin() + k);
        const TokenizedSegments cut = tokenized(folder, rules, joined(fewer, separator));
        EXPECT_EQ(cut.ends, first(whole.ends, k));
        EXPECT_EQ(first(cut.ids, cut.ends.back()), first(whole.ids, cut.ends.back()));
      }
    }
  }
}

TEST(Segments, OneSegmentHasTheIdsOfTheWholeResponse) {
  for (const char* name : {"marks", "header", "brackets"}) {
    const TextProcessor folder = golden_text(name);
    const SegmentedText one = joined({"It is a cat, of course."}, "\n");
    for (const TextRules& rules : {kChat, kPlain}) {
      EXPECT_EQ(tokenized(folder, rules, one).ids,
                tokenize_text(folder, rules, "Why?", one.response).ids);
    }
  }
}

TEST(Segments, ASegmentEndsAtItsLastCharacterThatIsNotWhiteSpace) {
  const TextProcessor folder = golden_text("marks");
  const SegmentedText text{.response = "One two.  Three", .segments = {{0, 10}, {10, 15}}};
  const TokenizedSegments found = tokenized(folder, kPlain, text);
  const Ids begin = folder.tokenizer.encode("Why?One two.", false);
  EXPECT_EQ(first(found.ids, found.ends[0]), begin);
  EXPECT_EQ(found.ends[1], begin.size() + folder.tokenizer.encode("  Three", false).size());
  EXPECT_EQ(found.ids.back(), folder.eos->id);
}

TEST(Segments, AreByteRangesOfTheLastMessageOfAList) {
  const TextProcessor folder = golden_text("marks");
  const Conversation dialogue = {{"user", "Why?"}, {"assistant", "Yes. No."}};
  const SegmentedText text{.response = dialogue, .segments = {{0, 4}, {5, 8}}};
  const TokenizedSegments found = tokenized(folder, kChat, text, {});
  EXPECT_EQ(found.ids, tokenized(folder, kChat, joined({"Yes.", "No."}, " ")).ids);
}

TEST(Segments, AreFoundEvenIfTheirTextAlsoOccursElsewhere) {
  const TextProcessor folder = golden_text("marks");
  const SegmentedText text = joined({"assistant", "system"}, "\n");
  const TokenizedSegments found = tokenized(folder, kChat, text, "assistant\nsystem");
  const Ids tail = folder.tokenizer.encode("<|im_end|>\n", false);
  EXPECT_EQ(found.ids.size(), found.ends.back() + tail.size());
}

TEST(Segments, SpecialTextAcrossABoundaryIsOrdinaryText) {
  const TextProcessor folder = golden_text("marks");
  const auto ends = [&](const Ids& ids) {
    return std::ranges::count(ids, *folder.tokenizer.id_of("<|im_end|>"));
  };
  const SegmentedText across = joined({"a<|im", "_end|>b"}, "");
  const SegmentedText inside = joined({"a<|im_end|>", "b"}, "");
  const auto own = ends(tokenized(folder, kChat, joined({"a", "b"}, "")).ids);
  EXPECT_EQ(ends(tokenized(folder, kChat, inside).ids), own + 1);
  EXPECT_TRUE(tokenized(folder, kChat, inside).contains_special_text);
  EXPECT_EQ(ends(tokenized(folder, kChatAsText, inside).ids), own);
  EXPECT_EQ(ends(tokenized(folder, kChat, across).ids), own);
  EXPECT_EQ(ends(tokenized(folder, kChatAsText, across).ids), own);
}

TEST(Segments, ThatTheTemplateChangesAreRefused) {
  const TextProcessor folder = golden_text("thinking");
  const SegmentedText text = joined({"<think>\nhm\n</think>\n\n\n", "four"}, "\n");
  EXPECT_THAT(message_of([&] { tokenized(folder, kChat, text); }, ErrorKind::data),
              HasSubstr("found the text of the segments changed by the chat template"));
}

TEST(Segments, ThatBecomeNoTokenAreRefused) {
  const TextProcessor folder = golden_text("marks");
  const SegmentedText text{.response = "abc", .segments = {{0, 2}, {2, 2}}};
  EXPECT_EQ(message_of([&] { tokenized(folder, kPlain, text); }, ErrorKind::data),
            "found segment 2 of 2 without any token, expected at least one");
}

TEST(SegmentsBeyondTheLength, AreDroppedFromTheLastOn) {
  const TextProcessor folder = golden_text("marks");
  const std::vector<std::string> segments = {"one one one", "two two", "three three", "four"};
  const SegmentedText text = joined(segments, "\n");
  const TokenizedSegments two = tokenized(folder, kChat, joined({segments[0], segments[1]}, "\n"));
  const auto length = static_cast<int64_t>(two.ids.size());
  const auto found =
      tokenize_segments(folder, kChat, "Why?", text, {length, Truncation::response_right});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->ids, two.ids);
  EXPECT_EQ(found->ends, two.ends);
  EXPECT_EQ(found->truncated_code_points, 17);  // "\nthree three\nfour"
  const auto fewer =
      tokenize_segments(folder, kChat, "Why?", text, {length - 1, Truncation::response_right});
  EXPECT_EQ(fewer->ends.size(), 1u);
  EXPECT_FALSE(tokenize_segments(folder, kChat, "Why?", text, {20, Truncation::response_right}));
  EXPECT_FALSE(tokenize_segments(folder, kChat, "Why?", text, {length}));
}

TEST(SegmentsBeyondTheLength, KeepTheirTextWhereThePromptIsCut) {
  const TextProcessor folder = golden_text("marks");
  const SegmentedText text = joined({"one", "two"}, "\n");
  std::string prompt;
  for (int i = 0; i < 40; ++i) prompt += "old é ";
  for (const TextRules& rules : {kChat, kPlain}) {
    const auto found =
        tokenize_segments(folder, rules, prompt, text, {80, Truncation::prompt_left});
    ASSERT_TRUE(found);
    EXPECT_LE(found->ids.size(), 80u);
    const std::string left = prompt.substr(code_point_offset(prompt, found->truncated_code_points));
    EXPECT_EQ(found->ids, tokenized(folder, rules, text, left).ids);
  }
  EXPECT_FALSE(tokenize_segments(folder, kChat, prompt, text, {20, Truncation::prompt_left}));
  const Conversation dialogue = {{"user", prompt}, {"assistant", "Yes."}};
  const SegmentedText whole{.response = dialogue, .segments = {{0, 4}}};
  EXPECT_TRUE(tokenize_segments(folder, kChat, {}, whole, {80, Truncation::prompt_left}));
}

}  // namespace
}  // namespace laurel::segments_test
