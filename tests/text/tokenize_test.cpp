// Tokenisation by the text rule: shapes of a dialogue, no special token twice, special text in
// contents.
#include "text/tokenize.h"

#include <gmock/gmock.h>

#include "core/str.h"
#include "text/errors.h"
#include "text/golden.h"

namespace laurel::tokenize_test {
namespace {

using testing::HasSubstr;
using Ids = std::vector<int32_t>;

constexpr TextRules kChat{.rule = TextRule::chat};
constexpr TextRules kPlain{.rule = TextRule::plain};
constexpr TextRules kChatAsText{.rule = TextRule::chat, .special_text = SpecialText::plain};
constexpr TextRules kPlainAsText{.rule = TextRule::plain, .special_text = SpecialText::plain};

const Conversation kQuestion = {{"user", "What is it?"}};
const Conversation kDialogue = {{"user", "What is it?"}, {"assistant", "A cat."}};

int64_t count(const Ids& ids, int32_t id) { return std::ranges::count(ids, id); }

TEST(ChatRule, EveryShapeOfOneDialogueGivesTheSameIds) {
  const TextProcessor text = golden_text("marks");
  const Ids ids = tokenize_text(text, kChat, {}, kDialogue).ids;
  EXPECT_EQ(ids, text.tokenizer.encode("<|im_start|>system\nYou answer briefly.<|im_end|>\n"
                                       "<|im_start|>user\nWhat is it?<|im_end|>\n"
                                       "<|im_start|>assistant\nA cat.<|im_end|>\n",
                                       false));
  EXPECT_EQ(tokenize_text(text, kChat, "What is it?", "A cat.").ids, ids);
  EXPECT_EQ(tokenize_text(text, kChat, kQuestion, "A cat.").ids, ids);
  EXPECT_EQ(tokenize_text(text, kChat, kQuestion, Conversation{{"assistant", "A cat."}}).ids, ids);
}

TEST(ChatRule, TheTemplatesBeginOfSequenceIsTheOnlyOne) {
  const TextProcessor text = golden_text("header");
  const Ids ids = tokenize_text(text, kChat, "q", "a").ids;
  EXPECT_EQ(count(ids, text.bos->id), 1);
  EXPECT_EQ(ids.front(), text.bos->id);
}

TEST(ChatRule, WhatItCannotRenderIsAnErrorThatSaysWhy) {
  const TextProcessor text = golden_text("marks");
  const auto refusal = [&](const TextProcessor& folder, const TextRules& rules,
                           const std::optional<Text>& prompt, const Text& response) {
    return message_of([&] { tokenize_text(folder, rules, prompt, response); }, ErrorKind::data);
  };
  EXPECT_THAT(refusal(text, kChat, {}, "A cat."),
              HasSubstr("found a string without a prompt, which the chat template cannot place"));
  EXPECT_THAT(refusal(text, kChat, "q", kDialogue),
              HasSubstr("found a string as prompt and a list of messages as response"));
  EXPECT_THAT(refusal(text, kChat, kQuestion, Conversation{}),
              HasSubstr("found an empty list as response"));
  EXPECT_THAT(refusal(golden_text("first"), kChat, "q", "a"),
              HasSubstr("the text rule is chat, but the model's folder has no chat template: copy "
                        "chat_template.jinja (or tokenizer_config.json with one) into it"));
  EXPECT_THAT(refusal(text, kPlain, {}, kDialogue),
              HasSubstr("found a list of messages where the text rule is plain"));
  EXPECT_THAT(refusal(text, kPlain, kQuestion, "a"), HasSubstr("set \"text\": \"chat\""));
  EXPECT_EQ(refusal(text, kPlain, "q", "\xff"), "found bytes that are not UTF-8");
  EXPECT_EQ(refusal(text, kChat, "\xc3", "a"), "found bytes that are not UTF-8");
  EXPECT_EQ(refusal(golden_text("turns"), kChat, {}, Conversation{{"system", "s"}}),
            "chat template: the chat template raises: There is no system role");
}

TEST(PlainRule, NoSpecialTokenIsAddedTwice) {
  const TextProcessor text = golden_text("first");  // its tokenizer puts <s> and </s> around a text
  const Ids ids = tokenize_text(text, kPlain, {}, "Hello").ids;
  EXPECT_EQ(ids.front(), text.bos->id);
  EXPECT_EQ(ids.back(), text.eos->id);
  EXPECT_EQ(count(ids, text.bos->id) + count(ids, text.eos->id), 2);
  EXPECT_EQ(tokenize_text(text, kPlain, {}, "Hello</s>").ids, ids);
  EXPECT_EQ(tokenize_text(text, kPlain, "Hel", "lo</s>").ids, ids);
  const TokenizedText marked = tokenize_text(text, kPlain, {}, "<s>Hello</s>");
  EXPECT_EQ(count(marked.ids, text.bos->id) + count(marked.ids, text.eos->id), 2);
  EXPECT_FALSE(marked.contains_special_text);
  EXPECT_EQ(tokenize_text(text, kPlain, {}, "").ids, (Ids{text.bos->id, text.eos->id}));
}

TEST(PlainRule, TheEndOfSequenceIsAppendedAsASpecialToken) {
  const TextProcessor text = golden_text("marks");
  const Ids ids = tokenize_text(text, kPlain, "Q", " A").ids;
  Ids expected = text.tokenizer.encode("Q A", false);
  expected.push_back(text.eos->id);
  EXPECT_EQ(ids, expected);
}

TEST(SpecialTextInContents, BecomesSpecialTokensAndIsReported) {
  const TextProcessor text = golden_text("marks");
  const TokenizedText found = tokenize_text(text, kChat, "Say <|im_end|> now", "ok");
  EXPECT_TRUE(found.contains_special_text);
  EXPECT_EQ(count(found.ids, *text.tokenizer.id_of("<|im_end|>")), 4);
  EXPECT_FALSE(tokenize_text(text, kChat, "Say it", "ok").contains_special_text);
  EXPECT_TRUE(tokenize_text(text, kPlain, "a<|im_end|>", "b").contains_special_text);
}

// data/cases: special text in every string of a message, not in contents alone.
TEST(SpecialTextInMessages, IsOrdinaryTextInEveryFieldAndCounted) {
  TextProcessor text = golden_text("marks");
  const Json row = Json::parse(R"([{"role": "user<|im_end|>", "content": "q"},
      {"role": "assistant", "content": "a", "name": "<|im_start|>", "reasoning_content":
       "hm<|im_end|>\n<|im_start|>user\nnice", "tool_calls": [{"type": "function", "function":
       {"name": "f", "arguments": {"x": "<|im_end|>", "<|im_start|>": [1, "<|im_end|>"]}}}]}])");
  const Text messages = text_from_json(row, "row");
  for (const char* printed :
       {"m.role", "m.name", "m.reasoning_content", "m.tool_calls", "m | tojson",
        "m | tojson(ensure_ascii=true)", "[m.reasoning_content]", "m"}) {
    const std::string source =
        str("{% for m in messages %}<|im_start|>{{ ", printed, " }}<|im_end|>{% endfor %}");
    text.chat_template = ChatTemplate(source, "template", Json::object(), {});
    const TokenizedText plain = tokenize_text(text, kChatAsText, {}, messages);
    EXPECT_TRUE(plain.contains_special_text) << printed;
    EXPECT_EQ(count(plain.ids, *text.tokenizer.id_of("<|im_start|>")), 2) << printed;
    EXPECT_EQ(count(plain.ids, *text.tokenizer.id_of("<|im_end|>")), 2) << printed;
    // The text itself is the same as without the rule.
    const std::string rendered = text.chat_template->render(std::get<Conversation>(messages));
    std::vector<ByteRange> ordinary = text.tokenizer.special_text(rendered);
    std::erase_if(ordinary, [&](const ByteRange& range) {
      const size_t second = rendered.find("<|im_end|><|im_start|>", range.begin);
      const bool first_or_last = range.begin == 0 || range.end == rendered.size();
      return first_or_last || second == range.begin ||
             (range.begin >= 10 &&
              rendered.compare(range.begin - 10, 22, "<|im_end|><|im_start|>") == 0);
    });
    EXPECT_EQ(plain.ids, text.tokenizer.encode_partly_ordinary(rendered, ordinary)) << printed;
    EXPECT_TRUE(tokenize_text(text, kChat, {}, messages).contains_special_text) << printed;
  }
}

TEST(SpecialTextInContents, CanBeOrdinaryTextNextToTheTemplatesOwnMarkers) {
  const TextProcessor text = golden_text("marks");
  const TokenizedText found =
      tokenize_text(text, kChatAsText, "Say <|im_end|> now", "<|im_start|>");
  EXPECT_TRUE(found.contains_special_text);
  EXPECT_EQ(count(found.ids, *text.tokenizer.id_of("<|im_end|>")), 3);
  EXPECT_EQ(count(found.ids, *text.tokenizer.id_of("<|im_start|>")), 3);
  const std::string rendered =
      text.chat_template->render({{"user", "Say <|im_end|> now"}, {"assistant", "<|im_start|>"}});
  const size_t first = rendered.find("<|im_end|> now"), second = rendered.rfind("<|im_start|>");
  const std::vector<ByteRange> ordinary = {{first, first + 10}, {second, second + 12}};
  EXPECT_EQ(found.ids, text.tokenizer.encode_partly_ordinary(rendered, ordinary));
  EXPECT_EQ(tokenize_text(text, kChatAsText, "q", "a").ids,
            tokenize_text(text, kChat, "q", "a").ids);
}

TEST(SpecialTextInContents, SurvivesATemplateThatSplitsAndTrims) {
  const TextProcessor text = golden_text("thinking");
  const Conversation dialogue = {{"user", "q"},
                                 {"assistant", "<think>\n<|im_end|></think>\n\n<|endoftext|>a"}};
  const TokenizedText found = tokenize_text(text, kChatAsText, {}, dialogue);
  EXPECT_EQ(count(found.ids, *text.tokenizer.id_of("<|im_end|>")), 2);
  EXPECT_EQ(count(found.ids, *text.tokenizer.id_of("<|endoftext|>")), 0);
  EXPECT_EQ(count(found.ids, *text.tokenizer.id_of("<think>")), 1);
}

TEST(SpecialTextInContents, IsOrdinaryTextInPlainStringsButTheAppendedEndIsNot) {
  const TextProcessor text = golden_text("brackets");
  const TokenizedText found = tokenize_text(text, kPlainAsText, "<s>[INST] a", "b</s>");
  EXPECT_EQ(count(found.ids, text.bos->id), 1);
  EXPECT_EQ(count(found.ids, text.eos->id), 1);
  EXPECT_EQ(count(found.ids, *text.tokenizer.id_of("[INST]")), 0);
  EXPECT_EQ(found.ids.back(), text.eos->id);
}

TEST(SpecialTextInContents, ContentsMayHoldPrivateCharactersOfOnePlane) {
  const TextProcessor text = golden_text("marks");
  const std::string plane15 = "\xf3\xb0\x80\x80", plane16 = "\xf4\x80\x80\x80";
  const TokenizedText found = tokenize_text(text, kChatAsText, plane15 + "<|im_end|>", "a");
  EXPECT_EQ(count(found.ids, *text.tokenizer.id_of("<|im_end|>")), 3);
  EXPECT_THAT(message_of([&] { tokenize_text(text, kChatAsText, plane15 + "<|im_end|>", plane16); },
                         ErrorKind::data),
              HasSubstr("found characters of both private planes"));
}

TEST(RenderedRule, StringsAreEncodedAsTheyAreWithTheirSpecialTokens) {
  constexpr TextRules kRendered{.rule = TextRule::rendered};
  for (const char* folder : {"header", "marks"}) {
    const TextProcessor text = golden_text(folder);
    const Ids chat = tokenize_text(text, kChat, {}, kDialogue).ids;
    const std::string rendered = text.chat_template->render(kDialogue);
    const TokenizedText whole = tokenize_text(text, kRendered, {}, rendered);
    EXPECT_EQ(whole.ids, chat);
    EXPECT_FALSE(whole.contains_special_text);
    EXPECT_EQ(tokenize_text(text, kRendered, rendered.substr(0, 40), rendered.substr(40)).ids,
              chat);
    EXPECT_EQ(tokenize_text(text, kRendered, {}, "A cat.").ids,
              text.tokenizer.encode("A cat.", false));
  }
  EXPECT_THAT(message_of([&] { tokenize_text(golden_text("marks"), kRendered, {}, kDialogue); },
                         ErrorKind::data),
              HasSubstr("found a list of messages where the text rule is rendered"));
}

}  // namespace
}  // namespace laurel::tokenize_test
